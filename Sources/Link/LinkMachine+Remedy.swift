import FieldModel

/// What a link does about its state: one job at a time, the mildest that may help.
extension LinkMachine {
    /// So many failed activations are more than bad luck.
    private static let activationsBeforeLadder = 3

    mutating func nextJob(at now: Instant, _ outputs: inout [LinkOutput]) -> LinkJob? {
        if isBindingHeld, report.session.isActive, running == nil, phase == .mismatched { return .deactivate }
        if isUnderRemoteControl {
            hold = trouble == nil ? nil : .remoteControl
            return nil
        }
        if let job = activation(at: now) ?? rung(at: now, &outputs) { return job }
        guard nextPoll.map({ now >= $0 }) ?? true else { return nil }
        return isIdentified ? .observe : identification()
    }

    /// A card's PIN is tried once: three wrong ones lock it.
    private mutating func identification() -> LinkJob {
        let card = report.identity.iccid
        guard report.sim == .pinRequired, settings.pin != nil, pinTriedFor != card else { return .identify }
        pinTriedFor = card
        return .enterPIN
    }

    private func activation(at now: Instant) -> LinkJob? {
        guard isIdentified, now >= nextActivation ?? now else { return nil }
        switch phase {
        case .idle: return activationFailures < Self.activationsBeforeLadder ? .activate : nil
        // Asked again after a long time: a decision may have been changed.
        case .denied: return report.registration.isRegistered ? .activate : nil
        default: return nil
        }
    }

    private mutating func rung(at now: Instant, _ outputs: inout [LinkOutput]) -> LinkJob? {
        guard let trouble else { return nil }
        guard let first = phase.firstRung else {
            hold = .useless(phase)
            return nil
        }
        if phase == .idle, activationFailures < Self.activationsBeforeLadder { return nil }
        guard trouble.since.duration(to: now) >= patience else { return nil }
        switch ladder.decide(from: first, at: now) {
        case .wait(let until): hold = .pausing(until: until)
        case .exhausted(let until): hold = .exhausted(until: until)
        case .nothing: hold = .useless(phase)
        case .climb(let rung, let attempt):
            hold = nil
            outputs.append(.climbing(rung, attempt: attempt, evidence(trouble, at: now)))
            outputs.append(.phase(from: phase, to: .recovering(rung), detail: rung.name))
            phase = .recovering(rung)
            activationFailures = 0
            nextActivation = nil
            return .climb(rung)
        }
        return nil
    }

    /// Registering may take a modem minutes by itself.
    private var patience: Duration {
        phase == .searching ? settings.recovery.patience * 6 : settings.recovery.patience
    }

    private func evidence(_ trouble: Trouble, at now: Instant) -> RecoveryEvidence {
        let before = trouble.counters
        let growth = before.flatMap { before in
            report.counters.map { (up: Self.growth($0.up, before.up), down: Self.growth($0.down, before.down)) }
        }
        return RecoveryEvidence(
            phase: phase.name, lasting: trouble.since.duration(to: now), modemUp: growth?.up, modemDown: growth?.down,
            hostReceived: Self.growth(received, trouble.received), detail: detail(phase))
    }

    /// A counter that started again counts from zero.
    private static func growth(_ now: UInt64, _ before: UInt64) -> Int64 {
        Int64(clamping: now >= before ? now - before : now)
    }
}
