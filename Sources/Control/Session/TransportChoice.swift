import FieldModel

/// Whether the console is to send by the broker too: judged by what arrives directly, never by what a message asks.
package struct TransportChoice: Hashable, Sendable {
    private static let silence = Duration.milliseconds(100)
    private static let clean = Duration.seconds(1)
    private static let loss: UInt16 = 50

    private var newest: Instant?
    private var dirty: Instant
    /// What came directly, all paths merged.
    private var arrivals = SequenceWindow()

    package init(at now: Instant) { dirty = now }

    /// An authentic frame came by a direct path.
    package mutating func arrived(_ sequence: UInt64, at now: Instant) {
        if let newest, newest.duration(to: now) > Self.silence { dirty = now }
        newest = now
        arrivals.take(sequence)
        if arrivals.loss > Self.loss { dirty = now }
    }

    package func usesBroker(at now: Instant) -> Bool {
        guard let newest, newest.duration(to: now) <= Self.silence else { return true }
        return dirty.duration(to: now) < Self.clean
    }
}
