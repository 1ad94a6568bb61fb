extension RemoteControl {
    /// A write covered the whole drive block.
    mutating func takeDrive() {
        let counts = isRemote && !tripped && permit == drive.permit
        driveRefused = !counts
        if counts { apply() } else { drivesRefused += 1 }
        drives.append(DriveRecord.Entry(drive, applied: counts, at: moment.boottime))
    }

    private mutating func apply() {
        if drive.counter != counterApplied {
            counterApplied = drive.counter
            fed = moment.seconds
            drives.lastCounted = moment.boottime
        }
        let wanted = drive.outputs
        guard !wanted.isNeutral else { return neutralise(.command) }
        if parkingBrakeRequest == 0 { brakeApplied = false }
        outputs = wanted
        drives.lastMoving = moment.boottime
        stops.interrupt()
    }

    /// ArmRequest was written 1. Refused, there is no permit at all.
    mutating func arm() {
        let brakeIsAsAsked = brakeApplied || parkingBrakeRequest == 0
        let accepted =
            arming.permit >= fence && isRemote && motion.isStandstill && outputs.isNeutral && brakeIsAsAsked
        guard accepted else { return lose(.command) }
        permit = arming.permit
        fence = max(fence, arming.permit)
        tripped = false
        fed = moment.seconds
    }

    /// SafeRequest was written 1.
    mutating func makeSafe() {
        safeWrites += 1
        fence = max(fence, safing.permit)
        lose(.safe)
    }
}

extension RemoteControl {
    /// 0 local, 1 remote and without permit, 2 armed, 3 driving, 4 watchdog tripped, 5 emergency stop.
    package var state: Double {
        if emergencyStop { return 5 }
        if localKey { return 0 }
        if tripped { return 4 }
        guard permit != nil else { return 1 }
        return outputs.enabled ? 3 : 2
    }

    package var permitInForce: Permit { permit ?? Permit() }
    package var watchdogOk: Bool { watchdogMode != 0 && !tripped }
}
