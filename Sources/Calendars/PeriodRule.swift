import FieldModel

/// When billing periods begin: at local midnight of one day of every month.
package struct PeriodRule: Hashable, Sendable {
    package enum Anchor: Hashable, Sendable {
        /// 1 to 28.
        case day(Int)
        case last
    }

    package var anchor: Anchor
    package var zone: ZoneRules

    package init(anchor: Anchor, zone: ZoneRules) {
        self.anchor = anchor
        self.zone = zone
    }

    package func period(containing moment: Timestamp) -> BillingPeriod {
        period(containing: zone.date(at: moment))
    }

    package func period(containing date: LocalDate) -> BillingPeriod {
        let (year, month, _) = date.civil
        let isBefore = date < first(year * 12 + month - 1)
        return period(number: year * 12 + month - 1 - (isBefore ? 1 : 0))
    }

    package func period(after period: BillingPeriod) -> BillingPeriod { self.period(containing: period.to) }

    package func period(before period: BillingPeriod) -> BillingPeriod { self.period(containing: period.from + -1) }

    /// How many periods later `period` is than the one that contains `date`; 0 is the same.
    package func distance(from date: LocalDate, to period: BillingPeriod) -> Int {
        number(period.from) - number(self.period(containing: date).from)
    }

    /// Months since the year 0 of the month a period begins in.
    private func number(_ from: LocalDate) -> Int {
        let (year, month, _) = from.civil
        return year * 12 + month - 1
    }

    private func period(number: Int) -> BillingPeriod {
        BillingPeriod(from: first(number), to: first(number + 1), zone: zone)
    }

    /// The first date of the period that begins in a month.
    private func first(_ number: Int) -> LocalDate {
        let (year, month) = (number / 12, number % 12 + 1)
        let day =
            switch anchor {
            case .day(let day): day
            case .last: LocalDate.length(year: year, month: month)
            }
        return LocalDate(days: LocalDate.days(year: year, month: month, day: day))
    }
}

/// [start, end), from a local midnight to a later one.
package struct BillingPeriod: Hashable, Sendable {
    /// The first date, and the first that is no longer in it.
    package let from: LocalDate
    package let to: LocalDate
    package let start: Timestamp
    package let end: Timestamp

    package init(from: LocalDate, to: LocalDate, zone: ZoneRules) {
        self.from = from
        self.to = to
        start = zone.start(of: from)
        end = zone.start(of: to)
    }

    package var days: Int { to - from }
    package var microseconds: Int64 { end.microseconds - start.microseconds }

    package func contains(_ moment: Timestamp) -> Bool { start <= moment && moment < end }

    /// `2026-11-01/2026-12-01`.
    package var text: String { "\(from.text)/\(to.text)" }
}
