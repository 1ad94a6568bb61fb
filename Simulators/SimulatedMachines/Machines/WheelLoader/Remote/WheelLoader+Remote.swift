import SimulatorKit

/// Where a remote drive has taken the loader from where its work cycle left it.
package struct Pose: Sendable, Equatable {
    /// Metres to the east.
    package var x = 0.0
    /// Metres to the north.
    package var y = 0.0
    /// Radians clockwise from north; the way from pile to truck leads north-east.
    package var heading = Double.pi / 4

    /// Metres of the tightest curve.
    static let radius = 5.5

    mutating func move(_ metres: Double, steer percent: Double) {
        heading += metres * percent / 100 / Self.radius
        x += metres * Trigonometry.sine(heading)
        y += metres * Trigonometry.cosine(heading)
    }
}

extension WheelLoader {
    /// Somebody afar has it, or nobody: its own operator has handed over the key.
    var isRemote: Bool { !remote.localKey }

    /// Waits for a remote driver: engine running, parked, boom down.
    package mutating func standByForRemoteControl() {
        remote.localKey = false
        engine.running = true
        engine.speed = 800
    }

    mutating func stepRemote(_ seconds: Double) {
        let before = cycle.speed
        cycle.speed = speed(after: seconds)
        let metres = (before + cycle.speed) / 2 / 3.6 * seconds
        pose.move(metres, steer: remote.outputs.steer)
        totals.distance += abs(metres) / 1_000
        guard engine.running else { return }
        let share = operatorSettings.bucketSpeedLimit / 100 * seconds / 100
        attachment.boom = (attachment.boom + 15 * remote.outputs.boom * share).clamped(to: -35...35)
        attachment.bucket = (attachment.bucket + 30 * remote.outputs.bucket * share).clamped(to: -45...45)
    }

    /// km/h: speeding up at 1.5 m/s², slowing down at 2.5 m/s², with the brake applied at 4 m/s².
    private func speed(after seconds: Double) -> Double {
        var speed = cycle.speed
        let full = min(40, remote.outputs.speedCap)
        let wanted = engine.running && !remote.brakeApplied ? remote.outputs.travel / 100 * full : 0
        if remote.brakeApplied {
            speed.move(to: 0, atMost: 4 * 3.6 * seconds)
        } else if wanted * speed < 0 || abs(wanted) < abs(speed) {
            speed.move(to: wanted * speed < 0 ? 0 : wanted, atMost: 2.5 * 3.6 * seconds)
        } else {
            speed.move(to: wanted, atMost: 1.5 * 3.6 * seconds)
        }
        return speed
    }

    /// rpm wanted and share of full load.
    var remoteDemand: (speed: Double, load: Double) {
        cycle.speed == 0 && remote.outputs.isNeutral ? (800, 0.08) : (1_600, 0.4)
    }

    /// Whether boom or bucket are driven.
    var attachmentIsDriven: Bool {
        engine.running && operatorSettings.bucketSpeedLimit > 0
            && (remote.outputs.boom != 0 || remote.outputs.bucket != 0)
    }
}

extension WheelLoader {
    /// The addresses of one drive.
    private static let driveBlock = 100..<113

    package mutating func decide(at moment: Moment) -> Bool {
        remote.judge(Motion(speed: cycle.speed, metres: totals.distance * 1_000), at: moment)
    }

    package mutating func heard() { remote.heard() }

    package mutating func wrote(_ table: Table, _ addresses: Range<Int>) {
        guard table == .holding else { return }
        if addresses.contains(126), remote.arming.request == 1 { remote.arm() }
        if addresses.contains(136), remote.safing.request == 1 { remote.makeSafe() }
        (remote.arming.request, remote.safing.request) = (0, 0)
        if addresses.clamped(to: Self.driveBlock) == Self.driveBlock { remote.takeDrive() }
        remote.settleBrake()
    }
}

extension WheelLoader {
    package static let commands = "drives | drives reset | stops"

    package mutating func obey(_ words: [String]) -> JSON? {
        switch words {
        case ["drives"]: return remote.drives.json
        case ["drives", "reset"]: remote.drives.clear()
        case ["stops"]: return remote.stops.json
        default: return nil
        }
        return .done
    }

    package var particulars: [JSON.Member] {
        [
            .init(name: "safe_writes", value: .integer(remote.safeWrites)),
            .init(name: "x_m", value: .number(pose.x.rounded(3))),
            .init(name: "y_m", value: .number(pose.y.rounded(3))),
            .init(name: "heading_deg", value: .number((pose.heading * 180 / .pi).rounded(2))),
        ]
    }
}
