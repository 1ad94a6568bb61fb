/// Which way packets go, as seen from the gateway.
package enum Direction: String, CaseIterable, Sendable, Hashable {
    case up, down
}

/// How delays are spread about the base.
package enum DelayShape: String, CaseIterable, Sendable {
    /// Base ± jitter, evenly.
    case uniform
    /// Standard deviation jitter.
    case normal
    /// Base and an exponential tail of mean jitter.
    case tail
}

/// Interruptions that come again and again; `every` 0 means never.
package struct GapPattern: Equatable, Sendable {
    package var every: Int64 = 0
    package var shortest: Int64
    package var longest: Int64
    /// What arrives meanwhile is lost; otherwise it waits in the queue.
    package var drops: Bool
}

/// One direction of a path. Times in nanoseconds, shares from 0 to 1.
package struct LaneSettings: Equatable, Sendable {
    /// Bits a second; nil knows no limit.
    package var rate: Int64?
    /// Packets that would make the queue longer than this are dropped.
    package var queueBytes = 1_000_000
    package var delay: Int64 = 0
    package var jitter: Int64 = 0
    package var shape = DelayShape.uniform
    /// Share of packets lost in the long run.
    package var loss = 0.0
    /// Packets lost in a row, on average; 1 loses each by itself.
    package var burst = 1.0
    package var duplicate = 0.0
    package var reorder = 0.0
    /// How much later a reordered packet comes.
    package var reorderBy: Int64 = 5_000_000
    package var handover = GapPattern(shortest: 100_000_000, longest: 100_000_000, drops: false)
    package var outages = GapPattern(shortest: 3_000_000_000, longest: 3_000_000_000, drops: true)

    /// Nothing arrives, and nobody is told.
    package var isDead = false

    package init() {}

    mutating func scaleScript(by scale: Double) {
        handover.every = Int64(Double(handover.every) / scale)
        outages.every = Int64(Double(outages.every) / scale)
        outages.shortest = Int64(Double(outages.shortest) / scale)
        outages.longest = Int64(Double(outages.longest) / scale)
    }
}
