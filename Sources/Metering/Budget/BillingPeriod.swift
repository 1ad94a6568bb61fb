import FieldModel

/// What local time is, as a table: from each moment on, seconds east of Greenwich.
package struct LocalTime: Hashable, Sendable {
    private var changes: [Change]

    package struct Change: Hashable, Sendable {
        package var from: Timestamp
        package var seconds: Int

        package init(from: Timestamp, seconds: Int) {
            self.from = from
            self.seconds = seconds
        }
    }

    /// The same offset for ever.
    package init(seconds: Int) { changes = [Change(from: Timestamp(microseconds: .min), seconds: seconds)] }

    /// In order of time; the first holds for everything before, too.
    package init?(_ changes: [Change]) {
        guard !changes.isEmpty else { return nil }
        self.changes = changes.sorted { $0.from < $1.from }
    }

    package func seconds(at time: Timestamp) -> Int {
        (changes.last { $0.from <= time } ?? changes[0]).seconds
    }

    package func date(of time: Timestamp) -> CivilDate {
        let local = time.microseconds + Int64(seconds(at: time)) * 1_000_000
        let day: Int64 = 86_400_000_000
        let (quotient, rest) = local.quotientAndRemainder(dividingBy: day)
        return CivilDate(daysSinceEpoch: rest < 0 ? quotient - 1 : quotient)
    }

    /// When the date begins there; where the clock leaps over midnight, the moment of the leap.
    package func midnight(of date: CivilDate) -> Timestamp {
        let plain = date.daysSinceEpoch * 86_400
        var time = Timestamp(
            microseconds: (plain - Int64(seconds(at: Timestamp(microseconds: plain * 1_000_000)))) * 1_000_000)
        // The offset may be another one there than at the guess.
        time = Timestamp(microseconds: (plain - Int64(seconds(at: time))) * 1_000_000)
        if self.date(of: time) != date, let leap = changes.first(where: { $0.from > time })?.from { return leap }
        return time
    }
}

/// The periods of a plan: from local midnight of the anchor day to the next.
package struct BillingPeriod: Hashable, Sendable {
    /// 1 to 28; nil is the month's last day.
    package var anchorDay: Int?
    package var local: LocalTime

    package init(anchorDay: Int?, local: LocalTime) {
        self.anchorDay = anchorDay
        self.local = local
    }

    /// The period that a moment lies in.
    package func period(of time: Timestamp) -> Range<Timestamp> {
        let date = local.date(of: time)
        var start = anchor(date.year, date.month)
        if start > time { start = anchor(before: date) }
        var end = anchor(after: local.date(of: start))
        if end <= start { end = anchor(after: date) }
        return start..<end
    }

    /// Ends of periods around a moment: the one before, and those of a year to come.
    package func boundaries(around time: Timestamp) -> [UsageBoundary] {
        var found = [UsageBoundary(at: period(of: time).lowerBound, cause: .period)]
        for _ in 0..<13 {
            guard let last = found.last else { break }
            found.append(UsageBoundary(at: period(of: last.at).upperBound, cause: .period))
        }
        return found
    }

    private func anchor(_ year: Int64, _ month: Int) -> Timestamp {
        let day = anchorDay ?? CivilDate.length(month: month, year: Int(year))
        return local.midnight(of: CivilDate(year: year, month: month, day: day))
    }

    private func anchor(before date: CivilDate) -> Timestamp {
        date.month == 1 ? anchor(date.year - 1, 12) : anchor(date.year, date.month - 1)
    }

    private func anchor(after date: CivilDate) -> Timestamp {
        date.month == 12 ? anchor(date.year + 1, 1) : anchor(date.year, date.month + 1)
    }
}
