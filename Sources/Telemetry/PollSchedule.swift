import FieldModel

/// When which group of a bus is due: earliest deadline first, on a fixed grid that never drifts.
package struct PollSchedule: Sendable {
    package struct Entry: Sendable {
        package let period: Duration
        /// The grid point the next poll belongs to.
        package fileprivate(set) var due: Instant
        /// Grid points that passed while a poll was still to be made.
        package fileprivate(set) var overruns: Int64 = 0
    }

    package private(set) var entries: [Entry]

    /// `phases` spread the first polls, so that the groups of a site do not all fall due at once.
    package init(periods: [Duration], start: Instant, phases: [Duration]) {
        entries = zip(periods, phases).map { Entry(period: $0, due: start + $1) }
    }

    /// The entry with the earliest deadline among those that may be polled, and that deadline.
    package func earliest(holdingBack quietUntil: (Int) -> Instant?) -> (index: Int, due: Instant)? {
        var best: (index: Int, due: Instant)?
        for index in entries.indices {
            let due = max(entries[index].due, quietUntil(index) ?? entries[index].due)
            if best.map({ due < $0.due }) ?? true { best = (index, due) }
        }
        return best
    }

    /// The poll of `index` has begun at `now`: its next grid point is the first one after `now`.
    ///
    /// Returns how late it began. Grid points left out are overruns, unless the unit was held back on purpose.
    package mutating func begin(_ index: Int, at now: Instant, heldBack: Bool) -> Duration {
        let period = entries[index].period.wholeNanoseconds
        let late = max(0, now.nanoseconds - entries[index].due.nanoseconds)
        let skipped = late / period
        if !heldBack { entries[index].overruns += skipped }
        entries[index].due.nanoseconds += (skipped + 1) * period
        return .nanoseconds(late % period)
    }
    /// One poll out of turn, at once; the grid stays where it is.
    package mutating func bringForward(_ index: Int, to now: Instant) {
        guard entries[index].due > now else { return }
        entries[index].due.nanoseconds -= entries[index].period.wholeNanoseconds
    }
}
