import FieldModel

/// Which rung is tried when: one after the other, with growing pauses, and none too often in a day.
package struct RecoveryLadder: Sendable {
    /// What the ladder says to a trouble.
    package enum Decision: Hashable, Sendable {
        case climb(RecoveryRung, attempt: Int)
        /// Nothing before this moment.
        case wait(until: Instant)
        /// Every rung there is has been tried as often as a day allows; the first is free again then.
        case exhausted(until: Instant)
        /// There is none that may help.
        case nothing
    }

    /// One rung that was tried.
    package struct Attempt: Hashable, Sendable {
        package var rung: RecoveryRung
        package var at: Instant

        package init(rung: RecoveryRung, at: Instant) {
            self.rung = rung
            self.at = at
        }
    }

    private static let day = Duration.seconds(86_400)

    private let settings: RecoverySettings
    /// The last 24 hours'.
    private(set) var history: [Attempt]
    private var attempts = 0
    private var last: RecoveryRung?
    private var notBefore: Instant?
    private var wellSince: Instant?

    /// `history` is what the journal remembers: caps outlive a restart.
    package init(_ settings: RecoverySettings, history: [Attempt] = []) {
        self.settings = settings
        self.history = history
    }

    /// There is trouble that a rung from `start` on may end.
    package mutating func decide(from start: RecoveryRung, at now: Instant) -> Decision {
        wellSince = nil
        if let notBefore, now < notBefore { return .wait(until: notBefore) }
        history.removeAll { $0.at.duration(to: now) >= Self.day }
        guard let rung = nextRung(from: start) else {
            return settings.rungs.contains { $0 >= start } ? .exhausted(until: nextFree(at: now)) : .nothing
        }
        attempts += 1
        last = rung
        history.append(Attempt(rung: rung, at: now))
        notBefore = now + pause(after: rung)
        return .climb(rung, attempt: attempts)
    }

    /// All is well. Returns the rung that did it, once.
    package mutating func well(at now: Instant) -> RecoveryRung? {
        let cure = last
        last = nil
        let since = wellSince ?? now
        wellSince = since
        if since.duration(to: now) >= settings.stableAfter {
            attempts = 0
            notBefore = nil
        }
        return cure
    }

    /// Above the last one tried, else from the start again; those over their cap are left out.
    private func nextRung(from start: RecoveryRung) -> RecoveryRung? {
        let free = RecoveryRung.allCases.filter { rung in
            settings.rungs.contains(rung) && history.count { $0.rung == rung } < settings.dailyCaps[rung, default: 0]
        }
        let above = last.flatMap { last in free.first { $0 > last && $0 >= start } }
        return above ?? free.first { $0 >= start }
    }

    private func nextFree(at now: Instant) -> Instant {
        history.first.map { $0.at + Self.day } ?? now + Self.day
    }

    /// Longer after each attempt, and never so short that the rung had no time to work.
    private func pause(after rung: RecoveryRung) -> Duration {
        let hold = settings.firstHold * (1 << min(attempts - 1, 16))
        let settling = settings.firstHold * rung.settling
        return max(min(hold, settings.longestHold), settling)
    }
}

extension RecoveryRung {
    /// How long it takes until its effect can be seen, as a multiple of the first hold (10 s to 5 min with the usual
    /// 30 s).
    fileprivate var settling: Double {
        switch self {
        case .session: 0.34
        case .reregister, .radio: 1
        case .reset, .usb, .slot: 2
        case .power: 3
        case .host: 10
        }
    }
}
