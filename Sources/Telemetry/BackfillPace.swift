import FieldModel

/// How fast rows that waited through an outage may go out: a share of the plan's quota is left for what is new.
package struct BackfillPace: Hashable, Sendable {
    /// Nil is as fast as the broker takes them; 0 holds them back.
    package var rate: BitRate? {
        didSet { if rate != oldValue { next = Instant(nanoseconds: 0) } }
    }
    private var next = Instant(nanoseconds: 0)

    package init() {}

    /// Telemetry and reports of the paths only: events, results, audit and usage never wait.
    package func holds(_ identity: RowIdentity, isReplay: Bool, at now: Instant) -> Bool {
        guard let rate, isReplay, identity.stream.mayBeDropped else { return false }
        return rate.bitsPerSecond == 0 || now < next
    }

    package mutating func sent(_ bytes: Int, at now: Instant) {
        guard let rate, rate.bitsPerSecond > 0 else { return }
        next = max(next, now) + .seconds(Double(bytes) * 8 / Double(rate.bitsPerSecond))
    }

    /// When the next row may go; nil where nothing waits for a time.
    package func deadline(after now: Instant) -> Instant? { rate != nil && next > now ? next : nil }
}
