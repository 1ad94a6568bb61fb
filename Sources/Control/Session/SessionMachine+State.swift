import FieldModel

/// What the console is shown.
extension SessionMachine {
    /// Fifty times a second with a session, five times without.
    package var statePeriod: Duration { phase.isOpen ? .milliseconds(20) : .milliseconds(200) }

    /// The next state to send; its number and time are what an echo has to name.
    package mutating func nextState(at now: Instant) -> StateFrame {
        stateNumber &+= 1
        var frame = StateFrame()
        frame.session = lease?.claim.session ?? request?.claim.session ?? 0
        frame.epoch = epoch
        frame.sequence = stateNumber
        frame.time = UInt64(now.nanoseconds / 1000)
        (frame.phase, frame.cause) = (phase, cause)
        frame.flags = flags
        frame.stopNumber = stopNumber
        frame.lastCommand = lease?.newest ?? 0
        frame.age = age(at: now)
        (frame.roundTripMedian, frame.roundTripP99) = (roundTrips.median, roundTrips.p99)
        frame.loss = arrivals.loss
        frame.speedCap = speedCap(at: now)
        (frame.written, frame.readBack) = (written, report?.readBack ?? .rest)
        (frame.lastReject, frame.rejects) = (lastReject, rejects)
        echoes.sent(frame.sequence, at: frame.time)
        return frame
    }

    private func speedCap(at now: Instant) -> UInt16 {
        guard let lease, phase.isOpen else { return 0 }
        let cap = SpeedCap.thousandths(videoAge: lease.videoAge, age: lease.basis.duration(to: now), limits: limits)
        return phase == .degraded ? min(cap, limits.creep) : cap
    }

    private var flags: StateFrame.Flags {
        var flags: StateFrame.Flags = []
        if let report {
            if report.watchdogReady, !report.watchdogTripped { flags.insert(.watchdogOK) }
            if report.emergencyStop { flags.insert(.emergencyStop) }
            if report.localOperator { flags.insert(.localOperator) }
            if report.standstill { flags.insert(.standstill) }
            if report.neutral { flags.insert(.neutral) }
        }
        if enable.seenLow { flags.insert(.enableSeenLow) }
        if deviceIsLost { flags.insert(.deviceLost) }
        if lease?.isOffered == true { flags.insert(.offered) }
        return flags
    }
}
