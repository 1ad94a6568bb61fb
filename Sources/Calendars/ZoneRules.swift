import FieldModel

/// What clocks of a place show: the changes that are known one by one, and the rule for the years after them.
package struct ZoneRules: Hashable, Sendable {
    package struct Transition: Hashable, Sendable {
        /// Seconds since 1970 UTC.
        package var at: Int64
        /// Seconds east of Greenwich from then on.
        package var offset: Int

        package init(at: Int64, offset: Int) {
            self.at = at
            self.offset = offset
        }
    }

    /// `Asia/Shanghai`.
    package let name: String
    /// Before the first transition.
    private let earliest: Int
    /// In order.
    private let transitions: [Transition]
    /// After the last transition; nil where the last offset stays for ever.
    private let yearly: YearlyRule?

    package init(name: String, earliest: Int, transitions: [Transition], yearly: YearlyRule?) {
        self.name = name
        self.earliest = earliest
        self.transitions = transitions
        self.yearly = yearly
    }

    /// A place that never changes its clocks.
    package init(name: String, offset: Int) {
        self.init(name: name, earliest: offset, transitions: [], yearly: nil)
    }

    /// Seconds east of Greenwich.
    package func offset(at seconds: Int64) -> Int {
        guard let last = transitions.last else { return yearly?.offset(at: seconds) ?? earliest }
        if seconds >= last.at { return yearly?.offset(at: seconds) ?? last.offset }
        var low = 0
        var high = transitions.count
        while low < high {
            let middle = (low + high) / 2
            if transitions[middle].at <= seconds { low = middle + 1 } else { high = middle }
        }
        return low == 0 ? earliest : transitions[low - 1].offset
    }

    /// The date that clocks show then.
    package func date(at moment: Timestamp) -> LocalDate {
        let seconds = moment.microseconds.flooredQuotient(by: 1_000_000)
        return LocalDate(days: Int((seconds + Int64(offset(at: seconds))).flooredQuotient(by: 86_400)))
    }

    /// The first moment of a date: midnight, or where clocks skip midnight the moment they jump; where they show it twice,
    /// the first one.
    package func start(of date: LocalDate) -> Timestamp {
        let midnight = Int64(date.days) * 86_400
        // No offset in use is beyond a day, so both of those that matter are in force here.
        let around = [offset(at: midnight - 90_000), offset(at: midnight), offset(at: midnight + 90_000)].map(
            Int64.init)
        let exact = around.map { midnight - $0 }.filter { midnight - $0 == Int64(offset(at: $0)) }.min()
        var (low, high) = (midnight - around.max()!, midnight - around.min()!)
        if let exact { return Timestamp(microseconds: exact * 1_000_000) }
        while low < high {
            let middle = low + (high - low) / 2
            if middle + Int64(offset(at: middle)) >= midnight { high = middle } else { low = middle + 1 }
        }
        return Timestamp(microseconds: low * 1_000_000)
    }
}
