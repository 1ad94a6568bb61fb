import Calendars
import FieldGateTesting
import FieldModel
import Testing

@Suite("The calendar")
struct CalendarTests {
    @Test("Days follow one another through all months and leap years")
    func days() throws {
        var date = try #require(LocalDate(year: 1899, month: 12, day: 31))
        var wrong: [String] = []
        for year in 1900...2200 {
            for month in 1...12 {
                let isLeap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0
                let length = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]
                for day in 1...length {
                    date = date + 1
                    if date.civil != (year, month, day) || LocalDate(year: year, month: month, day: day) != date {
                        wrong.append(date.text)
                    }
                }
                if LocalDate(year: year, month: month, day: length + 1) != nil { wrong.append("\(year)-\(month)") }
            }
        }
        #expect(wrong == [])
        #expect(LocalDate(days: 0).text == "1970-01-01")
        #expect(LocalDate("2026-11-20")?.text == "2026-11-20")
    }

    @Test(
        "What is no date is refused",
        arguments: [
            "2026-02-29", "2026-13-01", "2026-00-10", "2026-1-01", "26-01-01", "2026-01-01 ", "0000-01-01",
            "2026/01/01", "2026-01-+1", "",
        ])
    func refused(_ text: String) {
        #expect(LocalDate(text) == nil)
    }

    @Test("Rules of a year: by weekday, by day of the year with and without leap days, the south, and summer all year")
    func rules() {
        func offset(_ rule: YearlyRule, _ moment: String) -> Int {
            let at = Timestamp(rfc3339: moment)?.microseconds ?? 0
            return ZoneRules(name: "x", earliest: 0, transitions: [], yearly: rule).offset(at: at / 1_000_000)
        }
        func change(_ day: YearlyRule.Day, _ time: Int = 7200) -> YearlyRule.Change { .init(day: day, time: time) }
        let berlin = YearlyRule(
            standard: 3600,
            summer: (
                7200, change(.weekday(month: 3, week: 5, weekday: 0)),
                change(.weekday(month: 10, week: 5, weekday: 0), 10_800)
            ))
        #expect(offset(berlin, "2026-03-29T00:59:59Z") == 3600)
        #expect(offset(berlin, "2026-03-29T01:00:00Z") == 7200)
        #expect(offset(berlin, "2026-10-25T00:59:59Z") == 7200)
        #expect(offset(berlin, "2026-10-25T01:00:00Z") == 3600)
        let leap = YearlyRule(standard: 0, summer: (3600, change(.julian(60), 0), change(.ofYear(60))))
        // 1 March either way; day 60 from 0 is 1 March in leap years, 2 March in others.
        #expect(offset(leap, "2028-02-29T23:59:59Z") == 0 && offset(leap, "2028-03-01T00:59:59Z") == 3600)
        #expect(offset(leap, "2028-03-01T01:00:00Z") == 0)
        #expect(offset(leap, "2027-03-01T00:00:00Z") == 3600 && offset(leap, "2027-03-02T00:59:59Z") == 3600)
        #expect(offset(leap, "2027-03-02T01:00:00Z") == 0)
        let always = YearlyRule(standard: 0, summer: (3600, change(.ofYear(0), 0), change(.julian(365), 90_000)))
        for moment in ["2026-01-01T00:00:00Z", "2026-06-01T00:00:00Z", "2026-12-31T23:30:00Z"] {
            #expect(offset(always, moment) == 3600)
        }
    }
}
