import FieldModel

/// Getting hold of the machine, and letting it go.
extension SessionMachine {
    mutating func take(_ claim: Claim, at now: Instant, _ actions: inout [SessionAction]) {
        if let refusal = refusal(of: claim, at: now) {
            let detail =
                switch refusal {
                case .interlock: report?.interlock
                case .machineWatchdog: report?.watchdogText
                default: String?.none
                }
            actions.append(.refused(claim, refusal, detail: detail))
            return
        }
        switch phase {
        case .idle: begin(claim, .claimed, at: now, &actions)
        case .armed where lease?.isOffered == true && !claim.force: handOver(to: claim, at: now, &actions)
        case .armed, .active, .degraded, .safeStop: takeOver(claim, at: now, &actions)
        case .requested, .locked: break
        }
    }

    private func refusal(of claim: Claim, at now: Instant) -> ClaimRefusal? {
        if isClosing { return .closing }
        if !claim.role.mayDrive || claim.force && !claim.role.maySupervise { return .roleForbids }
        if phase == .locked { return .locked }
        if claim.epoch != nextEpoch { return .outdated }
        if phase == .requested || successor != nil { return .held }
        if phase != .idle, !claim.force, !(phase == .armed && lease?.isOffered == true) {
            return lease == nil ? .notConfirmed : .held
        }
        guard let report, !deviceIsLost else { return .deviceLost }
        // What it said before it fell silent is no word of how it stands.
        if let failing, failing.duration(to: now) > limits.deviceSilence { return .deviceLost }
        if report.emergencyStop { return .emergencyStop }
        if report.localOperator { return .localOperator }
        if !report.watchdogReady { return .machineWatchdog }
        return report.interlock == nil ? nil : .interlock
    }

    mutating func begin(
        _ claim: Claim, _ why: SessionCause, at now: Instant, _ actions: inout [SessionAction]
    ) {
        request = Request(claim: claim, since: now)
        lease = nil
        closesWhenConfirmed = false
        forgetEchoes()
        enter(.requested, why, by: claim.operatorID, at: now, &actions)
        actions.append(.storeOpen(session: claim.session, operatorID: claim.operatorID))
        guard !guards.contains(.persist) else { return }
        opened(claim.session, at: now, &actions)
        committed(claim.epoch, at: now, &actions)
    }

    mutating func opened(_ session: UInt32, at now: Instant, _ actions: inout [SessionAction]) {
        guard let claim = request?.claim, request?.stage == .opening, claim.session == session else { return }
        request?.stage = .committing
        actions.append(.storeEpoch(claim.epoch))
    }

    mutating func committed(_ epoch: UInt64, at now: Instant, _ actions: inout [SessionAction]) {
        self.epoch = max(self.epoch, epoch)
        guard let claim = request?.claim, request?.stage == .committing, claim.epoch == epoch else { return }
        request?.stage = .measuring
        request?.since = now
        lease = Lease(claim, at: now)
        stopIDs.removeAll(keepingCapacity: true)
        agenda.reportDue = now
        actions.append(.granted(claim))
        enter(.requested, .granted, by: claim.operatorID, at: now, &actions)
    }

    mutating func notStored(at now: Instant, _ actions: inout [SessionAction]) {
        guard let request, request.stage == .opening || request.stage == .committing else { return }
        drop(.notStored, .notStored, detail: nil, at: now, &actions)
    }

    /// A claim that comes to nothing.
    mutating func drop(
        _ refusal: ClaimRefusal, _ why: SessionCause, detail: String?, at now: Instant,
        _ actions: inout [SessionAction]
    ) {
        guard let request else { return }
        actions.append(.refused(request.claim, refusal, detail: detail))
        if request.stage == .arming { disarm(at: now) }
        enter(.idle, why, detail: detail, at: now, &actions)
        leave(at: now, &actions)
    }

    private mutating func handOver(to claim: Claim, at now: Instant, _ actions: inout [SessionAction]) {
        guard lease != nil else { return }
        disarm(at: now)
        revoke(.handedOver, by: claim.operatorID, as: .idle, &actions)
        begin(claim, .handedOver, at: now, &actions)
    }

    private mutating func takeOver(_ claim: Claim, at now: Instant, _ actions: inout [SessionAction]) {
        successor = claim
        actions.append(.waiting(claim))
        let old = lease
        if phase != .safeStop { safeStop(.takenOver, by: claim.operatorID, at: now, &actions) }
        // Three stops in a minute lock, and that has ended the session already.
        if lease == old { revoke(.takenOver, by: claim.operatorID, &actions) }
    }

    /// The holder's frames mean nothing from now on.
    mutating func revoke(
        _ why: SessionCause, by: String? = nil, as phase: SessionPhase? = nil, _ actions: inout [SessionAction]
    ) {
        guard let claim = lease?.claim else { return }
        lease = nil
        actions.append(
            .ended(
                EndFrame(
                    session: claim.session, epoch: claim.epoch, phase: phase ?? self.phase, cause: why,
                    stopNumber: stopNumber, by: by)))
    }

    /// From ARMED, in neutral: an end without a stop.
    mutating func release(_ why: SessionCause, at now: Instant, _ actions: inout [SessionAction]) {
        disarm(at: now)
        enter(.idle, why, at: now, &actions)
        leave(at: now, &actions)
    }

    /// Into IDLE; the store hears of it when the machine has confirmed neutral.
    mutating func leave(at now: Instant, _ actions: inout [SessionAction]) {
        (request, successor, stop, ramp) = (nil, nil, nil, nil)
        revoke(cause, &actions)
        (commanded, buttons) = (.rest, 0)
        closesWhenConfirmed = true
        disarmed = disarmed ?? now
    }

    /// The permit is taken from the machine, by a safe state above it.
    mutating func disarm(at now: Instant) {
        stopNumber += 1
        purge()
        agenda.safe = DrivePermit(epoch: epoch, stop: stopNumber)
        agenda.safeNotBefore = now
        (armed, disarmed) = (nil, nil)
    }

    mutating func close(at now: Instant, _ actions: inout [SessionAction]) {
        isClosing = true
        switch phase {
        case .armed: release(.gatewayClosing, at: now, &actions)
        case .active, .degraded:
            safeStop(.gatewayClosing, at: now, &actions)
            revoke(.gatewayClosing, &actions)
        case .requested: drop(.closing, .gatewayClosing, detail: nil, at: now, &actions)
        case .idle, .safeStop, .locked: break
        }
    }

    mutating func forgetEchoes() {
        roundTrips.forget()
        arrivals.forget()
        echoes.forget()
        enable.reset()
    }
}
