import FieldModel

/// At most so many frames a second, a few at once: a virtual schedule (GCRA, ITU-T I.371) without a queue.
package struct FrameMeter: Hashable, Sendable {
    private var due = Instant(nanoseconds: 0)

    package init() {}

    package mutating func take(rate: Int, burst: Int, at now: Instant) -> Bool {
        let interval = Int64(1_000_000_000 / max(1, rate))
        let start = max(due.nanoseconds, now.nanoseconds)
        guard start - now.nanoseconds <= interval * Int64(burst) else { return false }
        due = Instant(nanoseconds: start + interval)
        return true
    }
}
