import FieldModel

/// A day of the proleptic Gregorian calendar, wherever one is.
package struct LocalDate: Hashable, Comparable, Sendable {
    /// Days since 1970-01-01.
    package var days: Int

    package init(days: Int) {
        self.days = days
    }

    /// Nil for a day that no calendar has, and beyond the years 1 to 9999.
    package init?(year: Int, month: Int, day: Int) {
        guard (1...9999).contains(year), (1...12).contains(month),
            (1...Self.length(year: year, month: month)).contains(day)
        else { return nil }
        days = Self.days(year: year, month: month, day: day)
    }

    /// `2026-11-20`.
    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        let isDigits = parts.allSatisfy { $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }
        guard parts.map(\.utf8.count) == [4, 2, 2], isDigits, let year = Int(parts[0]), let month = Int(parts[1]),
            let day = Int(parts[2])
        else { return nil }
        self.init(year: year, month: month, day: day)
    }

    package static func < (left: LocalDate, right: LocalDate) -> Bool { left.days < right.days }

    package static func + (date: LocalDate, days: Int) -> LocalDate { LocalDate(days: date.days + days) }

    /// How many days lie in [left, right).
    package static func - (right: LocalDate, left: LocalDate) -> Int { right.days - left.days }

    package var text: String {
        let (year, month, day) = civil
        func padded(_ value: Int, _ width: Int) -> String {
            let plain = String(value)
            return String(repeating: "0", count: max(0, width - plain.utf8.count)) + plain
        }
        return "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))"
    }

    /// 0 is Sunday.
    var weekday: Int { (days % 7 + 11) % 7 }

    static func length(year: Int, month: Int) -> Int { CivilDate.length(month: month, year: year) }

    static func days(year: Int, month: Int, day: Int) -> Int {
        Int(CivilDate(year: Int64(year), month: month, day: day).daysSinceEpoch)
    }

    package var civil: (year: Int, month: Int, day: Int) {
        let date = CivilDate(daysSinceEpoch: Int64(days))
        return (Int(date.year), date.month, date.day)
    }
}
