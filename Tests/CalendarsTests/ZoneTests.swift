import Calendars
import FieldModel
import Platform
import Testing

@Suite("Time zones of the system")
struct ZoneTests {
    private func at(_ text: String) throws -> Timestamp { try #require(Timestamp(rfc3339: text)) }
    private func date(_ text: String) throws -> LocalDate { try #require(LocalDate(text)) }

    @Test(
        "Days begin at local midnight",
        arguments: [
            ("Asia/Shanghai", "2026-04-01", "2026-03-31T16:00:00Z"),
            // Summer time begins on 29 March, and ends on 25 October.
            ("Europe/Berlin", "2026-03-29", "2026-03-28T23:00:00Z"),
            ("Europe/Berlin", "2026-03-30", "2026-03-29T22:00:00Z"),
            ("Europe/Berlin", "2026-10-26", "2026-10-25T23:00:00Z"),
            // Beyond what the file lists one by one.
            ("Europe/Berlin", "2090-07-01", "2090-06-30T22:00:00Z"),
            ("America/St_Johns", "2026-01-01", "2026-01-01T03:30:00Z"),
            ("America/St_Johns", "2026-07-01", "2026-07-01T02:30:00Z"),
            ("America/St_Johns", "2071-07-01", "2071-07-01T02:30:00Z"),
            // The half hour of Lord Howe, south of the line.
            ("Australia/Lord_Howe", "2060-01-01", "2059-12-31T13:00:00Z"),
            ("Australia/Lord_Howe", "2060-07-01", "2060-06-30T13:30:00Z"),
            // Clocks skip midnight: the day begins at 01:00.
            ("America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00:00Z"),
            // Clocks go back from midnight to 23:00: the day begins when they show it for good.
            ("America/Sao_Paulo", "2018-02-18", "2018-02-18T03:00:00Z"),
            // Midnight comes twice: the first counts.
            ("America/Havana", "2026-11-01", "2026-11-01T04:00:00Z"),
            // Samoa left out 30 December 2011: its day has no length.
            ("Pacific/Apia", "2011-12-30", "2011-12-30T10:00:00Z"),
            ("Pacific/Apia", "2011-12-31", "2011-12-30T10:00:00Z"),
            ("UTC", "2024-02-29", "2024-02-29T00:00:00Z"),
        ])
    func midnights(_ zone: String, _ day: String, _ expected: String) throws {
        let rules = try ZoneFolder.system.rules(zone)
        #expect(rules.start(of: try date(day)).iso8601 == (try at(expected)).iso8601)
    }

    @Test(
        "Every day of a year begins when its date begins to be shown, and not a second earlier",
        arguments: ["Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "America/Havana", "Africa/Casablanca"])
    func everyDay(_ zone: String) throws {
        let rules = try ZoneFolder.system.rules(zone)
        for year in [2024, 2026, 2088] {
            let first = try #require(LocalDate(year: year, month: 1, day: 1))
            for day in 0..<366 {
                let start = rules.start(of: first + day)
                #expect(rules.date(at: start) == first + day)
                #expect(rules.date(at: Timestamp(microseconds: start.microseconds - 1)) == first + (day - 1))
            }
        }
    }

    @Test(
        "Periods follow one another without a gap, whatever their anchor and zone",
        arguments: ["Europe/Berlin", "America/St_Johns", "Asia/Shanghai"])
    func periods(_ zone: String) throws {
        let rules = try ZoneFolder.system.rules(zone)
        for anchor in [PeriodRule.Anchor.day(1), .day(15), .day(28), .last] {
            let rule = PeriodRule(anchor: anchor, zone: rules)
            var period = rule.period(containing: try date("2023-12-20"))
            for number in 0..<60 {
                let next = rule.period(after: period)
                #expect(period.end == next.start && period.to == next.from)
                #expect(rule.period(before: next) == period)
                #expect(rule.period(containing: period.start) == period)
                #expect(rule.period(containing: Timestamp(microseconds: period.end.microseconds - 1)) == period)
                #expect(rule.period(containing: period.end) == next)
                #expect(rule.distance(from: try date("2023-12-20"), to: period) == number)
                period = next
            }
        }
    }

    @Test("The last day of February moves with leap years")
    func last() throws {
        let rule = PeriodRule(anchor: .last, zone: try ZoneFolder.system.rules("Asia/Shanghai"))
        #expect(rule.period(containing: try date("2028-02-29")).text == "2028-02-29/2028-03-31")
        #expect(rule.period(containing: try date("2028-02-28")).text == "2028-01-31/2028-02-29")
        #expect(rule.period(containing: try date("2027-03-30")).text == "2027-02-28/2027-03-31")
    }

    @Test(
        "A zone that is none says what to do",
        arguments: ["Asia/Peking", "../../etc/passwd", "/etc/localtime", "Asia", "", "zone.tab", "tzdata.zi"])
    func none(_ name: String) {
        #expect(throws: ZoneProblem.self) { try ZoneFolder.system.rules(name) }
    }
}
