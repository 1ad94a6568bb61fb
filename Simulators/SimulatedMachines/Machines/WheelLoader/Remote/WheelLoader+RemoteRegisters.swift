extension WheelLoader {
    package static let remoteRegisters = driveRows + permitRows + watchdogRows + remoteState + remoteOutputs

    private typealias Row = RegisterRow<WheelLoader>

    private static let epochs = 0...Permit.lastEpoch
    private static let stops = 0...Permit.lastStop
    private static let percent = -100.0...100.0

    private static let driveRows: [RegisterRow<WheelLoader>] = [
        Row(
            .holding, 100, "DriveEpoch", .u64, .number(\.remote.drive.permit.epoch), writable: epochs,
            "Permit of the drive: epoch"),
        Row(
            .holding, 104, "DriveStop", .u32, .number(\.remote.drive.permit.stop), writable: stops,
            "Permit of the drive: number of the stop"),
        Row(
            .holding, 106, "DriveCounter", .u16, .number(\.remote.drive.counter), writable: 0...65_535,
            "Counter that feeds the watchdog"),
        Row(
            .holding, 107, "DriveEnable", .u16, .number(\.remote.drive.enable), writable: 0...1,
            "0 all set-points are 0, 1 they count"),
        Row(
            .holding, 108, "DriveTravel", .i16, .number(\.remote.drive.travel), scale: 0.1, unit: "%",
            writable: percent, "Share of DriveSpeedCap, negative backwards"),
        Row(
            .holding, 109, "DriveSteer", .i16, .number(\.remote.drive.steer), scale: 0.1, unit: "%",
            writable: percent, "Share of the full lock, positive to the right"),
        Row(
            .holding, 110, "DriveBoom", .i16, .number(\.remote.drive.boom), scale: 0.1, unit: "%",
            writable: percent, "Share of the full speed of the boom, positive upwards"),
        Row(
            .holding, 111, "DriveBucket", .i16, .number(\.remote.drive.bucket), scale: 0.1, unit: "%",
            writable: percent, "Share of the full speed of the bucket, positive curls back"),
        Row(
            .holding, 112, "DriveSpeedCap", .u16, .number(\.remote.drive.speedCap), scale: 0.01, unit: "km/h",
            writable: 0...40, "Speed at a DriveTravel of 100 %"),
    ]

    private static let permitRows: [RegisterRow<WheelLoader>] = [
        Row(
            .holding, 120, "ArmEpoch", .u64, .number(\.remote.arming.permit.epoch), writable: epochs,
            "Permit to arm with: epoch"),
        Row(
            .holding, 124, "ArmStop", .u32, .number(\.remote.arming.permit.stop), writable: stops,
            "Permit to arm with: number of the stop"),
        Row(
            .holding, 126, "ArmRequest", .u16, .number(\.remote.arming.request), writable: 0...1,
            "1 asks to arm; reads 0 when it has been judged"),
        Row(
            .holding, 130, "SafeEpoch", .u64, .number(\.remote.safing.permit.epoch), writable: epochs,
            "Fence to raise to: epoch"),
        Row(
            .holding, 134, "SafeStop", .u32, .number(\.remote.safing.permit.stop), writable: stops,
            "Fence to raise to: number of the stop"),
        Row(
            .holding, 136, "SafeRequest", .u16, .number(\.remote.safing.request), writable: 0...1,
            "1 asks for the safe state; reads 0 when it is there"),
    ]

    private static let watchdogRows: [RegisterRow<WheelLoader>] = [
        Row(
            .holding, 140, "WatchdogTime", .u16, .number(\.remote.watchdogTime), unit: "ms", writable: 100...5_000,
            "Time after which an unfed watchdog trips"),
        Row(
            .holding, 141, "WatchdogMode", .u16, .number(\.remote.watchdogMode), writable: 0...2,
            "0 off, 1 fed by a changed DriveCounter, 2 fed by any request"),
        Row(
            .holding, 142, "ParkingBrakeRequest", .u16, .number(\.remote.parkingBrakeRequest), writable: 0...1,
            "1 applies the parking brake once outputs are neutral, 0 lets a drive release it"),
    ]

    private static let remoteState: [RegisterRow<WheelLoader>] = [
        Row(
            .input, 100, "RemoteState", .u16, .derivedNumber(\.remote.state),
            "0 local, 1 remote without permit, 2 armed, 3 driving, 4 watchdog tripped, 5 emergency stop"),
        Row(.input, 101, "RemoteStatusWord", .u16, .derivedNumber(\.remoteStatusWord), "The bits below in one number"),
        Row(.input, 101, "Standstill", .bit(0), .derivedFlag(\.standstill), "The machine does not move"),
        Row(
            .input, 101, "OutputsNeutral", .bit(1), .derivedFlag(\.remote.outputs.isNeutral),
            "All set-points in force are 0, and nothing is enabled"),
        Row(.input, 101, "BrakeApplied", .bit(2), .derivedFlag(\.parkingBrake), "Parking brake applied"),
        Row(.input, 101, "EmergencyStop", .bit(3), .flag(\.remote.emergencyStop), "Emergency stop pressed, hard-wired"),
        Row(.input, 101, "LocalKey", .bit(4), .flag(\.remote.localKey), "A local operator has the machine"),
        Row(
            .input, 101, "WatchdogOk", .bit(5), .derivedFlag(\.remote.watchdogOk),
            "The watchdog is not off and has not tripped"),
        Row(.input, 101, "DriveRefused", .bit(6), .derivedFlag(\.remote.driveRefused), "The last drive was refused"),
        Row(
            .input, 101, "RemoteEnabled", .bit(7), .derivedFlag(\.remote.isRemote),
            "Neither LocalKey nor EmergencyStop keeps a remote driver out"),
        Row(
            .input, 102, "PermitEpoch", .u64, .derivedNumber(\.remote.permitInForce.epoch),
            "Permit in force: epoch, 0 without one"),
        Row(
            .input, 106, "PermitStop", .u32, .derivedNumber(\.remote.permitInForce.stop),
            "Permit in force: number of the stop, 0 without one"),
    ]

    private static let remoteOutputs: [RegisterRow<WheelLoader>] = [
        Row(
            .input, 108, "CounterApplied", .u16, .derivedNumber(\.remote.counterApplied),
            "DriveCounter of the last drive that counted and fed"),
        Row(
            .input, 109, "TravelOut", .i16, .derivedNumber(\.remote.outputs.travel), scale: 0.1, unit: "%",
            "Travel in force"),
        Row(
            .input, 110, "SteerOut", .i16, .derivedNumber(\.remote.outputs.steer), scale: 0.1, unit: "%",
            "Steering in force"),
        Row(
            .input, 111, "BoomOut", .i16, .derivedNumber(\.remote.outputs.boom), scale: 0.1, unit: "%", "Boom in force"),
        Row(
            .input, 112, "BucketOut", .i16, .derivedNumber(\.remote.outputs.bucket), scale: 0.1, unit: "%",
            "Bucket in force"),
        Row(
            .input, 113, "RemoteSpeed", .i16, .derivedNumber(\.cycle.speed), scale: 0.01, unit: "km/h",
            "Ground speed as the controller measures it"),
        Row(
            .input, 114, "FenceEpoch", .u64, .derivedNumber(\.remote.fence.epoch),
            "The lowest permit that can be armed: epoch"),
        Row(
            .input, 118, "FenceStop", .u32, .derivedNumber(\.remote.fence.stop),
            "The lowest permit that can be armed: number of the stop"),
        Row(.input, 120, "WatchdogTrips", .u16, .derivedNumber(\.remote.watchdogTrips), "Times the watchdog tripped"),
        Row(.input, 121, "DrivesRefused", .u16, .derivedNumber(\.remote.drivesRefused), "Drives refused"),
        Row(
            .input, 122, "StopDistance", .u16, .derivedNumber(\.stopDistance), unit: "cm",
            "Way driven since outputs last became neutral while moving, to standstill"),
    ]

    private var standstill: Bool { cycle.speed == 0 }
    private var stopDistance: Double { remote.stops.distance * 100 }

    private var remoteStatusWord: Double {
        let bits = [
            standstill, remote.outputs.isNeutral, parkingBrake, remote.emergencyStop, remote.localKey,
            remote.watchdogOk, remote.driveRefused, remote.isRemote,
        ]
        return bits.reversed().reduce(0) { 2 * $0 + ($1 ? 1 : 0) }
    }
}
