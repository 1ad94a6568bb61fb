import FieldModel

/// Enable as a dead-man's switch: seen low first, then held in neutral for a while.
package struct EnableLatch: Hashable, Sendable {
    package enum Stage: Hashable, Sendable {
        /// Not seen low since arming, or since the last stop.
        case unseen
        case low
        case rising(since: Instant)
    }

    package private(set) var stage = Stage.unseen

    package var seenLow: Bool { stage != .unseen }

    package mutating func reset() { stage = .unseen }

    /// True once enable has been held long enough.
    package mutating func take(
        enable: Bool, neutral: Bool, hold: Duration, mustSeeLow: Bool, at now: Instant
    ) -> Bool {
        guard enable else {
            stage = .low
            return false
        }
        switch stage {
        case .unseen:
            if !mustSeeLow { stage = .rising(since: now) }
            return !mustSeeLow && hold <= .zero
        case .low:
            stage = neutral ? .rising(since: now) : .unseen
            return neutral && hold <= .zero
        case .rising(let since):
            guard neutral else {
                stage = .unseen
                return false
            }
            return since.duration(to: now) >= hold
        }
    }
}
