import FieldModel

/// What leaves for the bus, and what came of it.
extension SessionMachine {
    /// The next thing to do on the bus, nil when there is nothing or one is under way. Whoever asks does it at once.
    package mutating func nextOrder(at now: Instant) -> BusOrder? {
        guard agenda.underWay == nil, !deviceIsLost else { return nil }
        agenda.underWay = waiting(at: now)
        return agenda.underWay
    }

    private mutating func waiting(at now: Instant) -> BusOrder? {
        if let permit = agenda.safe, now >= agenda.safeNotBefore { return .safe(permit) }
        if let permit = agenda.arm {
            agenda.arm = nil
            return .arm(permit)
        }
        // Drives alone could keep the bus busy, and nobody would hear the machine any more.
        let isOverdue = agenda.reportDue.duration(to: now) > limits.reportWhileOpen * 2
        if var drive = agenda.drive, !isOverdue {
            agenda.drive = nil
            drive.counter = drive.sequence > 0 ? counter &+ 1 : counter
            if !guards.contains(.recheck) || now <= drive.validUntil { return .drive(drive) }
        }
        guard now >= agenda.reportDue else { return nil }
        agenda.reportDue = now + reportPeriod
        return .report
    }

    /// When `nextOrder` has something even if nothing else happens.
    package func orderDue() -> Instant { agenda.reportDue }

    private var reportPeriod: Duration {
        switch phase {
        case .idle: closesWhenConfirmed ? limits.reportWhileStopping : limits.reportWhileIdle
        case .locked: stop?.written == nil ? limits.reportWhileStopping : limits.reportWhileIdle
        case .safeStop: limits.reportWhileStopping
        case .requested, .armed, .active, .degraded: limits.reportWhileOpen
        }
    }

    mutating func finished(
        _ order: BusOrder, _ outcome: BusOutcome, at now: Instant, _ actions: inout [SessionAction]
    ) {
        agenda.underWay = nil
        switch outcome {
        case .done: answered = now
        case .partial:
            answered = now
            // Soon due again, and before drives that would keep the bus busy.
            agenda.reportDue = Instant(nanoseconds: now.nanoseconds - limits.reportWhileOpen.wholeNanoseconds)
        case .report(let report):
            (answered, failing) = (now, nil)
            let isStill = hasFed && report.applied != nil && report.applied == self.report?.applied
            stillReports = isStill ? stillReports + 1 : 0
            hasFed = false
            if report.asked >= self.report?.asked ?? report.asked { self.report = report }
        case .refused:
            answered = now
            failing = failing ?? now
        case .failed: failing = failing ?? now
        case .stale: break
        }
        keepSafe(at: now)
        switch order {
        case .drive(let drive): finished(drive, outcome, at: now, &actions)
        case .arm(let permit): finishedArming(permit, outcome, at: now, &actions)
        case .safe(let permit): finishedSafe(permit, outcome, at: now)
        case .report: break
        }
    }

    private mutating func finished(
        _ drive: DriveOrder, _ outcome: BusOutcome, at now: Instant, _ actions: inout [SessionAction]
    ) {
        // What never left has not fed the machine's watchdog, so the next step of a ramp must not either.
        if outcome != .stale { counter = drive.counter }
        switch outcome {
        case .done, .report, .partial:
            written = drive.axes
            // A step of a ramp does not move the machine's count.
            hasFed = hasFed || drive.sequence > 0
        case .refused(let detail):
            guard phase == .armed || phase.isDriving, armed?.permit == drive.permit else { return }
            safeStop(.deviceLost, detail: detail, at: now, &actions)
        case .failed, .stale: break
        }
    }

    /// A machine that leaves its safe state by what somebody's old connection still brought it is told again.
    private mutating func keepSafe(at now: Instant) {
        guard phase == .safeStop || phase == .locked, agenda.safe == nil, let written = stop?.written,
            let report, report.asked > written, !report.neutral, !report.localOperator
        else { return }
        stop?.written = nil
        agenda.safe = DrivePermit(epoch: epoch, stop: phase == .locked && cause == .restarted ? .max : stopNumber)
        agenda.safeNotBefore = now
    }

    private mutating func finishedSafe(_ permit: DrivePermit, _ outcome: BusOutcome, at now: Instant) {
        guard agenda.safe == permit else { return }
        switch outcome {
        case .done, .report, .partial:
            agenda.safe = nil
            written = .rest
            // A report that belongs to the order was asked after the last write.
            let since = if case .report(let report) = outcome { report.asked } else { now }
            stop?.written = since
            disarmed = since
            agenda.reportDue = now
        case .failed, .refused, .stale: agenda.safeNotBefore = now + .milliseconds(20)
        }
    }

    private mutating func finishedArming(
        _ permit: DrivePermit, _ outcome: BusOutcome, at now: Instant, _ actions: inout [SessionAction]
    ) {
        guard permit == DrivePermit(epoch: epoch, stop: stopNumber) else { return }
        let isArming = request?.stage == .arming || phase == .safeStop && stop?.isArming == true
        guard isArming else { return }
        guard let detail = refusal(of: permit, outcome) else {
            let why: SessionCause = phase == .safeStop ? .acknowledged : .measured
            (request, stop) = (nil, nil)
            armed = (permit, now)
            enable.reset()
            lease?.used = now
            return enter(.armed, why, by: lease?.claim.operatorID, at: now, &actions)
        }
        if phase == .safeStop {
            stop?.isArming = false
            stop?.isAcknowledged = false
        } else {
            drop(.armRefused, .armRefused, detail: detail, at: now, &actions)
        }
    }

    private func refusal(of permit: DrivePermit, _ outcome: BusOutcome) -> String? {
        switch outcome {
        case .done, .partial: return nil
        case .report(let report):
            if report.watchdogTripped { return "the machine's watchdog stays tripped" }
            if let held = report.permit, held != permit { return Self.otherPermit(held, than: permit) }
            return nil
        case .refused(let detail): return detail
        case .failed(let fault): return fault.summary
        case .stale: return "too late"
        }
    }
}

extension SessionMachine {
    private static func otherPermit(_ held: DrivePermit, than permit: DrivePermit) -> String {
        let seen = held.epoch == 0 ? "no permit" : "the permit of epoch \(held.epoch), stop \(held.stop)"
        return "the machine obeys \(seen), and was to be armed with epoch \(permit.epoch), stop \(permit.stop): "
            + "where its fence is above, the gateway's clock was behind or its spool was lost; set the clock, restart "
            + "the gateway, or lower the fence at the controller"
    }
}

extension MachineReport {
    /// Why arming is refused for the machine's watchdog.
    var watchdogText: String {
        watchdogFault.map { "the machine's own watchdog cannot be relied on: \($0)" }
            ?? "the machine's own watchdog is off, too slow, or fed by reads"
    }
}

extension SessionMachine {
    /// Nothing waits for the bus.
    package var agendaIsEmpty: Bool { agenda.safe == nil && agenda.arm == nil && agenda.drive == nil }
}
