/// The program of the loader's controller that lets somebody drive from afar: permits, fence, watchdog, parking brake.
///
/// Machine and registers call it; what it decides is in its values. Source: Docs/simulators.md, remote control.
package struct RemoteControl: Sendable {
    // As written.
    package var drive = DriveBlock()
    package var arming = PermitRequest()
    package var safing = PermitRequest()
    /// ms
    package var watchdogTime = 500.0
    /// 0 off, 1 fed by a changed counter, 2 fed by any request.
    package var watchdogMode = 1.0
    package var parkingBrakeRequest = 1.0

    // As the switches stand.
    package var localKey = true
    package var emergencyStop = false

    // As decided.
    package internal(set) var permit: Permit?
    package internal(set) var fence = Permit()
    package internal(set) var outputs = DriveOutputs()
    package internal(set) var counterApplied = 0.0
    package internal(set) var tripped = false
    package internal(set) var driveRefused = false
    package internal(set) var brakeApplied = true
    package internal(set) var watchdogTrips = 0.0
    package internal(set) var drivesRefused = 0.0
    package internal(set) var safeWrites: Int64 = 0

    package internal(set) var drives = DriveRecord()
    package internal(set) var stops = StopRecord()

    var motion = Motion()
    var moment = Moment()
    /// When the watchdog was fed, in seconds of the machine's time.
    var fed = 0.0

    /// Nobody has the key, and no emergency stop is pressed.
    var isRemote: Bool { !localKey && !emergencyStop }

    /// Decides what follows from time and switches. True when a register has changed by it.
    package mutating func judge(_ motion: Motion, at moment: Moment) -> Bool {
        (self.motion, self.moment) = (motion, moment)
        let before = (permit, brakeApplied)
        if emergencyStop {
            revoke(.emergency)
        } else if localKey {
            revoke(.local)
        } else if watchdogHasRunOut {
            tripped = true
            watchdogTrips += 1
            revoke(.watchdog)
        }
        settleBrake()
        stops.follow(motion, at: moment)
        return before != (permit, brakeApplied)
    }

    /// A request has come, whatever it asks for.
    package mutating func heard() {
        if watchdogMode == 2 { fed = moment.seconds }
    }

    private var watchdogHasRunOut: Bool {
        guard permit != nil, watchdogMode != 0 else { return false }
        // A microsecond, since the machine's time is a sum of steps.
        return moment.seconds - fed >= watchdogTime / 1_000 - 1e-6
    }

    /// The permit is gone for good: its stop is fenced off.
    private mutating func revoke(_ cause: StopCause) {
        guard let permit else { return }
        fence = max(fence, permit.next)
        lose(cause)
    }

    mutating func lose(_ cause: StopCause) {
        permit = nil
        neutralise(cause)
        settleBrake()
    }

    mutating func neutralise(_ cause: StopCause) {
        guard !outputs.isNeutral else { return }
        outputs = DriveOutputs()
        stops.begin(cause, motion, at: moment, lastDrive: drives.lastCounted, lastMoving: drives.lastMoving)
    }

    /// Only a drive releases the brake.
    mutating func settleBrake() {
        if outputs.isNeutral, parkingBrakeRequest == 1 || permit == nil { brakeApplied = true }
    }
}
