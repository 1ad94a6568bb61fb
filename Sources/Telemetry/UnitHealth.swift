import FieldModel

/// Whether a unit answers, and when to ask again when it does not.
///
/// One missed answer is forgiven; from the second on, polls stop and single probes go out at growing distances.
package struct UnitHealth: Sendable {
    package static let forgiven = 1

    private var backoff = Backoff(first: .milliseconds(500), longest: .seconds(10))
    private var misses = 0
    /// No question before this moment.
    package private(set) var quietUntil: Instant?

    package init() {}

    package var isSilent: Bool { misses > Self.forgiven }

    package mutating func answered() {
        misses = 0
        quietUntil = nil
        backoff.reset()
    }

    package mutating func missed(at now: Instant, jitter: Double) {
        misses += 1
        guard isSilent else { return }
        quietUntil = now + backoff.next(jitter: jitter)
    }
}
