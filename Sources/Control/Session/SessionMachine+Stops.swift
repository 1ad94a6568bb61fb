import FieldModel

/// The ways into the safe state, and out of it.
extension SessionMachine {
    mutating func take(stop id: UInt64, by: String, at now: Instant, _ actions: inout [SessionAction]) {
        guard phase.isOpen, guards.contains(.stopAlways) || phase.isDriving else { return }
        guard !knows(stop: id) else { return }
        if stopIDs.count == Self.rememberedStops { stopIDs.removeFirst() }
        stopIDs.append(id)
        if let request, lease == nil {
            actions.append(.refused(request.claim, .stopped, detail: nil))
        }
        safeStop(.stopped, by: by, at: now, &actions)
    }

    package func knows(stop id: UInt64) -> Bool { stopIDs.contains(id) }

    /// Acts first; whoever records it comes after.
    mutating func safeStop(
        _ why: SessionCause, by: String? = nil, detail: String? = nil, at now: Instant,
        _ actions: inout [SessionAction]
    ) {
        let wasMoving = phase.isDriving
        seek(at: now)
        if wasMoving {
            recentStops.removeAll { $0.duration(to: now) > limits.stopWindow }
            recentStops.append(now)
        }
        request = nil
        if recentStops.count >= limits.stopsThatLock {
            enter(.safeStop, why, by: by, detail: detail, at: now, &actions)
            return lock(.tooManyStops, at: now, &actions)
        }
        enter(.safeStop, why, by: by, detail: detail, at: now, &actions)
    }

    mutating func lock(
        _ why: SessionCause, detail: String? = nil, at now: Instant, _ actions: inout [SessionAction]
    ) {
        if phase != .safeStop { seek(at: now) }
        if let successor { actions.append(.refused(successor, .locked, detail: nil)) }
        recentStops.removeAll(keepingCapacity: true)
        (successor, request, unlockedBy) = (nil, nil, nil)
        enter(.locked, why, detail: detail, at: now, &actions)
        revoke(why, &actions)
    }

    /// The machine is to be brought to its safe state, under a number of its own.
    private mutating func seek(at now: Instant) {
        stopNumber += 1
        stop = SafeStop(number: stopNumber, since: now)
        purge()
        agenda.safe = DrivePermit(epoch: epoch, stop: stopNumber)
        agenda.safeNotBefore = now
        armed = nil
        (ramp, commanded, buttons) = (nil, .rest, 0)
        enable.reset()
    }

    /// What waited for the bus never follows the stop.
    mutating func purge() {
        guard guards.contains(.purge) else { return }
        agenda.drive = nil
        agenda.arm = nil
        generation &+= 1
    }

    mutating func deviceLost(at now: Instant, _ actions: inout [SessionAction]) {
        deviceIsLost = true
        switch phase {
        case .armed, .active, .degraded: safeStop(.deviceLost, at: now, &actions)
        case .requested: drop(.deviceLost, .deviceLost, detail: nil, at: now, &actions)
        case .idle, .safeStop, .locked: break
        }
    }

    /// SAFE_STOP: forward when all is confirmed, to LOCKED when it can't be.
    mutating func evaluateStop(at now: Instant, _ actions: inout [SessionAction]) {
        guard let stop else { return }
        if report?.emergencyStop == true, report.map({ $0.asked >= stop.since }) == true {
            return lock(.emergencyStop, at: now, &actions)
        }
        if let lease, lease.basis.duration(to: now) > limits.lease {
            revoke(.leaseLost, &actions)
        }
        let confirmed = stop.written.map { isConfirmed(since: $0) } ?? !guards.contains(.confirm)
        guard confirmed else {
            if stop.since.duration(to: now) > limits.confirm { lock(.notConfirmed, at: now, &actions) }
            return
        }
        if let successor {
            self.stop = nil
            self.successor = nil
            return begin(successor, .takenOver, at: now, &actions)
        }
        guard lease != nil, !isClosing, report?.localOperator != true else {
            enter(.idle, report?.localOperator == true ? .localOperator : .leaseLost, at: now, &actions)
            return leave(at: now, &actions)
        }
        guard stop.isAcknowledged, !stop.isArming, echoesFit, agenda.arm == nil else { return }
        self.stop?.isArming = true
        agenda.arm = DrivePermit(epoch: epoch, stop: stopNumber)
    }

    mutating func evaluateLock(at now: Instant, _ actions: inout [SessionAction]) {
        guard let written = stop?.written, isConfirmed(since: written), let report, !report.emergencyStop,
            unlockedBy != nil || report.localOperator
        else { return }
        enter(.idle, .unlocked, by: unlockedBy ?? "local key", at: now, &actions)
        unlockedBy = nil
        leave(at: now, &actions)
    }

    var echoesFit: Bool {
        roundTrips.count >= limits.echoes
            && Int64(roundTrips.p99) * 1000 <= limits.roundTrip.wholeNanoseconds
    }
}
