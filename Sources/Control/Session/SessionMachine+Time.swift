import FieldModel

/// What time, and what the machine says of itself, bring about.
extension SessionMachine {
    mutating func evaluate(at now: Instant, _ actions: inout [SessionAction]) {
        if phase == .armed || phase.isDriving { heed(at: now, &actions) }
        switch phase {
        case .idle: settle(at: now, &actions)
        case .requested: evaluateRequest(at: now, &actions)
        case .armed: evaluateArmed(at: now, &actions)
        case .active, .degraded: evaluateDriving(at: now, &actions)
        case .safeStop: evaluateStop(at: now, &actions)
        case .locked: evaluateLock(at: now, &actions)
        }
    }

    /// An ended session is closed in the store once the machine has confirmed neutral.
    private mutating func settle(at now: Instant, _ actions: inout [SessionAction]) {
        guard closesWhenConfirmed, agenda.safe == nil, let disarmed, isConfirmed(since: disarmed) else { return }
        closesWhenConfirmed = false
        actions.append(.storeClosed)
    }

    /// The machine's own word goes before the operator's.
    private mutating func heed(at now: Instant, _ actions: inout [SessionAction]) {
        if answered.duration(to: now) > limits.deviceSilence, agenda.underWay != nil {
            return safeStop(.deviceLost, detail: "no answer", at: now, &actions)
        }
        // Writes that succeed don't make up for it: without reports nobody knows of an emergency stop or a local key.
        if let failing, failing.duration(to: now) > limits.deviceSilence {
            return safeStop(.deviceLost, detail: "no report", at: now, &actions)
        }
        guard let report, let armed, report.asked >= armed.since else { return }
        if report.emergencyStop { return lock(.emergencyStop, at: now, &actions) }
        if report.localOperator {
            safeStop(.localOperator, at: now, &actions)
            return revoke(.localOperator, &actions)
        }
        if report.watchdogTripped || !report.watchdogReady || report.permit.map({ $0 != armed.permit }) == true {
            return safeStop(.machineWatchdog, at: now, &actions)
        }
        if stillReports >= limits.stuckReports {
            return safeStop(.deviceLost, detail: "what the machine reads back stands still", at: now, &actions)
        }
        if let interlock = report.interlock { safeStop(.interlock, detail: interlock, at: now, &actions) }
    }

    private mutating func evaluateRequest(at now: Instant, _ actions: inout [SessionAction]) {
        guard let request else { return }
        let since = request.since.duration(to: now)
        switch request.stage {
        case .opening, .committing:
            if since > limits.grant { drop(.expired, .requestExpired, detail: nil, at: now, &actions) }
        case .measuring, .arming:
            if let lease, lease.basis.duration(to: now) > limits.lease {
                return drop(.expired, .leaseLost, detail: nil, at: now, &actions)
            }
            if since > limits.measure {
                let (refusal, why, detail) = hindrance(since: request.since)
                return drop(refusal, why, detail: detail, at: now, &actions)
            }
            guard request.stage == .measuring, hindrance(since: request.since).detail == nil else { return }
            self.request?.stage = .arming
            agenda.arm = DrivePermit(epoch: epoch, stop: stopNumber)
        }
    }

    /// What stands between a grant and ARMED; no detail where nothing does.
    private func hindrance(since: Instant) -> (ClaimRefusal, SessionCause, detail: String?) {
        guard isConfirmed(since: since), agenda.safe == nil, let report else {
            if report.map({ $0.asked < since }) ?? true {
                return (.deviceLost, .deviceLost, "the machine cannot be reached: no answer in time")
            }
            return (.notConfirmed, .notConfirmed, "the machine has not confirmed neutral and standstill")
        }
        if report.emergencyStop { return (.emergencyStop, .emergencyStop, "the emergency stop is pressed") }
        if report.localOperator { return (.localOperator, .localOperator, "a local operator has the machine") }
        if !report.watchdogReady {
            return (.machineWatchdog, .machineWatchdog, report.watchdogText)
        }
        if let interlock = report.interlock { return (.interlock, .interlock, interlock) }
        if !echoesFit {
            return (
                .slowEcho, .slowEcho,
                "round trip p99 \(roundTrips.p99 / 1000) ms over \(roundTrips.count) echoes"
            )
        }
        return (.armRefused, .armRefused, nil)
    }

    private mutating func evaluateArmed(at now: Instant, _ actions: inout [SessionAction]) {
        guard let lease else { return release(.leaseLost, at: now, &actions) }
        if lease.basis.duration(to: now) > limits.lease { return release(.leaseLost, at: now, &actions) }
        if lease.used.duration(to: now) > limits.unused { return release(.unused, at: now, &actions) }
        // A neutral that came too late for the bus is written all the same, if no frame brings another.
        guard ramp != nil || written != .rest else { return }
        // A ramp after a pause needs a fresh frame behind it as any motion does.
        if lease.basis.duration(to: now) > limits.stopAfter { ramp = nil }
        commanded = ramp?.axes(at: now) ?? .rest
        if lease.basis.duration(to: now) > limits.degradeAfter { postStep(at: now) }
    }

    private mutating func evaluateDriving(at now: Instant, _ actions: inout [SessionAction]) {
        guard let lease else { return safeStop(.leaseLost, at: now, &actions) }
        let silence = lease.basis.duration(to: now)
        if silence > limits.stopAfter { return safeStop(.noFreshFrame, at: now, &actions) }
        if let dirt = dirt(lease, silence: silence, at: now) {
            dirty = now
            if phase == .active { enter(.degraded, dirt, at: now, &actions) }
        } else if phase == .degraded, dirty.duration(to: now) >= limits.clean {
            enter(.active, .clean, at: now, &actions)
        }
        guard phase == .degraded, silence > limits.degradeAfter else { return }
        let ramp = self.ramp ?? toRest(from: now)
        self.ramp = ramp
        commanded = ramp.axes(at: now)
        postStep(at: now)
    }

    private func dirt(_ lease: Lease, silence: Duration, at now: Instant) -> SessionCause? {
        if silence > limits.degradeAfter {
            return lease.arrived.duration(to: now) > limits.degradeAfter ? .noFreshFrame : .late
        }
        if arrivals.loss > limits.loss { return .lossy }
        if let video = lease.videoAge, Duration.milliseconds(Int64(video)) > limits.videoAge { return .videoOld }
        return nil
    }
}
