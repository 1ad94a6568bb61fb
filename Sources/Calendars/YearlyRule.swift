import FieldModel

/// When clocks change every year: what a POSIX TZ text such as `CET-1CEST,M3.5.0,M10.5.0/3` says.
package struct YearlyRule: Hashable, Sendable {
    package enum Day: Hashable, Sendable {
        /// 1 to 365; 29 February is never counted.
        case julian(Int)
        /// 0 to 365; 29 February is counted.
        case ofYear(Int)
        /// 0 is Sunday; week 5 is the last of the month.
        case weekday(month: Int, week: Int, weekday: Int)
    }

    package struct Change: Hashable, Sendable {
        package var day: Day
        /// Seconds of local time after midnight, −167 to 167 hours.
        package var time: Int

        package init(day: Day, time: Int) {
            self.day = day
            self.time = time
        }
    }

    /// Seconds east of Greenwich.
    package let standard: Int
    private let summer: (offset: Int, begin: Change, end: Change)?

    package init(standard: Int, summer: (offset: Int, begin: Change, end: Change)? = nil) {
        self.standard = standard
        self.summer = summer
    }

    package static func == (left: YearlyRule, right: YearlyRule) -> Bool {
        left.standard == right.standard && left.summer?.offset == right.summer?.offset
            && left.summer?.begin == right.summer?.begin && left.summer?.end == right.summer?.end
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(standard)
        hasher.combine(summer?.offset)
        hasher.combine(summer?.begin)
        hasher.combine(summer?.end)
    }

    func offset(at seconds: Int64) -> Int {
        guard let summer else { return standard }
        let year = LocalDate(days: Int((seconds + Int64(standard)).flooredQuotient(by: 86_400))).civil.year
        // A change near New Year may fall into the next year of UTC, so the years around are looked at as well.
        var latest: (at: Int64, offset: Int)?
        for year in year - 1...year + 1 {
            for (change, before, after) in [
                (summer.begin, standard, summer.offset), (summer.end, summer.offset, standard),
            ] {
                let at = Self.moment(change, year) - Int64(before)
                // Where one ends as the other begins, as with summer time all year, summer time holds.
                let isLater = latest.map { at > $0.at || (at == $0.at && after == summer.offset) } ?? true
                if at <= seconds, isLater { latest = (at, after) }
            }
        }
        return latest?.offset ?? standard
    }

    /// Local seconds since 1970.
    private static func moment(_ change: Change, _ year: Int) -> Int64 {
        Int64(day(change.day, year)) * 86_400 + Int64(change.time)
    }

    private static func day(_ day: Day, _ year: Int) -> Int {
        let newYear = LocalDate.days(year: year, month: 1, day: 1)
        switch day {
        case .ofYear(let number): return newYear + number
        case .julian(let number):
            return newYear + number - 1 + (LocalDate.length(year: year, month: 2) == 29 && number >= 60 ? 1 : 0)
        case .weekday(let month, let week, let weekday):
            let first = LocalDate.days(year: year, month: month, day: 1)
            let length = LocalDate.length(year: year, month: month)
            var place = (weekday - LocalDate(days: first).weekday + 7) % 7 + (week - 1) * 7
            while place >= length { place -= 7 }
            return first + place
        }
    }
}
