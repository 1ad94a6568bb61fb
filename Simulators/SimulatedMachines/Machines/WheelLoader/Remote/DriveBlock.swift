/// The registers of one drive as they were written, in force or not.
package struct DriveBlock: Sendable, Equatable {
    package var permit = Permit()
    package var counter = 0.0
    /// 0 or 1.
    package var enable = 0.0
    /// %, as the three that follow.
    package var travel = 0.0
    package var steer = 0.0
    package var boom = 0.0
    package var bucket = 0.0
    /// km/h
    package var speedCap = 0.0

    /// What it would put in force: without enable, nothing moves.
    var outputs: DriveOutputs {
        guard enable == 1 else { return DriveOutputs() }
        return DriveOutputs(
            enabled: true, travel: travel, steer: steer, boom: boom, bucket: bucket, speedCap: speedCap)
    }
}

/// The set-points in force.
package struct DriveOutputs: Sendable, Equatable {
    package var enabled = false
    /// %, as the three that follow.
    package var travel = 0.0
    package var steer = 0.0
    package var boom = 0.0
    package var bucket = 0.0
    /// km/h at a travel of 100 %
    package var speedCap = 0.0

    package var isNeutral: Bool { !enabled && travel == 0 && steer == 0 && boom == 0 && bucket == 0 }
}

/// What the controller's sensors tell of the way.
package struct Motion: Sendable, Equatable {
    /// km/h
    package var speed = 0.0
    /// Way driven since the machine was built.
    package var metres = 0.0

    package var isStandstill: Bool { speed == 0 }
}
