import FieldModel

/// Whether a path carries packets to where they should go.
package enum PathHealth: String, Sendable {
    /// Nothing was answered yet, and the patience is not over.
    case unknown
    case alive
    case dead
}

/// Judges one path by probes sent through it, and by what the interface receives besides.
///
/// A target that fails alone is not the path's fault: any answer is a sign of life. Other traffic received counts too,
/// but not for ever, since a network that refuses everything also sends something.
package struct PathMonitor: Sendable {
    /// With other traffic coming in, silence may last so many times longer.
    private static let trafficFactor = 4
    /// Share of probes a recovering path may lose.
    private static let recoveringLoss = 0.2

    private let patience: PathPatience
    package private(set) var health = PathHealth.unknown
    package private(set) var window = ProbeWindow()
    /// When the oldest probe was sent that nothing has been heard since.
    private var silentSince: Instant?
    private var lastTraffic: Instant?
    private var received: UInt64?
    private var answeringSince: Instant?

    package init(_ patience: PathPatience) { self.patience = patience }

    package mutating func sent(_ probe: ProbeWindow.Key, at now: Instant) {
        window.sent(probe, at: now)
        if silentSince == nil { silentSince = now }
    }

    /// The round trip; nil for an answer nobody waits for.
    @discardableResult
    package mutating func answered(_ probe: ProbeWindow.Key, at now: Instant) -> Duration? {
        guard let roundTrip = window.answered(probe, at: now) else { return nil }
        silentSince = nil
        if answeringSince == nil { answeringSince = now }
        return roundTrip
    }

    /// The interface's counter of received bytes; it may start again from zero.
    package mutating func received(_ bytes: UInt64, at now: Instant) {
        if let received, bytes > received { lastTraffic = now }
        received = bytes
    }

    /// Judges, and says what it came to when that is news.
    package mutating func judge(at now: Instant) -> PathHealth? {
        let verdict = verdict(at: now)
        guard verdict != health else { return nil }
        health = verdict
        return verdict
    }

    /// How long nothing has been heard; nil while there is an answer to every probe.
    package func silence(at now: Instant) -> Duration? { silentSince.map { $0.duration(to: now) } }

    private mutating func verdict(at now: Instant) -> PathHealth {
        if isSilent(at: now) {
            answeringSince = nil
            return .dead
        }
        guard let answeringSince else { return health }
        guard health == .dead else { return .alive }
        let steady = answeringSince.duration(to: now) >= patience.recoverAfter
        return steady && window.loss(since: answeringSince, at: now) <= Self.recoveringLoss ? .alive : .dead
    }

    private func isSilent(at now: Instant) -> Bool {
        guard let silentSince else { return false }
        let silence = silentSince.duration(to: now)
        guard silence >= patience.failAfter else { return false }
        let hasTraffic = lastTraffic.map { $0.duration(to: now) < patience.failAfter } ?? false
        return !hasTraffic || silence >= patience.failAfter * Self.trafficFactor
    }
}
