import Calendars
import FieldGateTesting
import FieldModel
import Metering
import Testing

@Suite struct BudgetTests {
    private let shanghai = ZoneRules(name: "Asia/Shanghai", offset: 8 * 3600)

    private func time(_ text: String) -> Timestamp { Timestamp(rfc3339: text)! }

    private func plan(_ quota: UInt64? = 1_000_000) -> BudgetPlan {
        BudgetPlan(subscription: "line-1", quota: quota, periods: PeriodRule(anchor: .day(1), zone: shanghai))
    }

    private func entry(_ sequence: UInt64, _ up: Int64, _ down: Int64 = 0, at open: Timestamp) -> UsageEntry {
        var draft = UsageDraft(.interim, times: UsageTimes(open: open, close: open, monotonic: 0, clock: .synced))
        var volume = UsageVolume(source: .connectionTracking)
        (volume.deltaUp, volume.deltaDown) = (up, down)
        draft.volume = volume
        return UsageEntry(epoch: 1, sequence: sequence, draft: draft)
    }

    @Test(arguments: [
        ("2026-11-20T08:00:00Z", 1, "2026-10-31T16:00:00.000Z", "2026-11-30T16:00:00.000Z"),
        ("2026-11-30T15:59:59Z", 1, "2026-10-31T16:00:00.000Z", "2026-11-30T16:00:00.000Z"),
        ("2026-11-30T16:00:00Z", 1, "2026-11-30T16:00:00.000Z", "2026-12-31T16:00:00.000Z"),
        ("2027-01-05T00:00:00Z", 20, "2026-12-19T16:00:00.000Z", "2027-01-19T16:00:00.000Z"),
        ("2028-02-28T00:00:00Z", 0, "2028-01-30T16:00:00.000Z", "2028-02-28T16:00:00.000Z"),
        ("2028-02-28T20:00:00Z", 0, "2028-02-28T16:00:00.000Z", "2028-03-30T16:00:00.000Z"),
        ("2027-03-01T00:00:00Z", 0, "2027-02-27T16:00:00.000Z", "2027-03-30T16:00:00.000Z"),
    ])
    func aPeriodBeginsAtLocalMidnightOfItsAnchorDay(now: String, day: Int, start: String, end: String) {
        let period = PeriodRule(anchor: day == 0 ? .last : .day(day), zone: shanghai).span(of: time(now))
        #expect(period.lowerBound.iso8601 == start)
        #expect(period.upperBound.iso8601 == end)
    }

    @Test func aPeriodEndsRightWhereTheClocksChange() {
        // Berlin: summer time ended on 2026-10-25 at 01:00 UTC and begins on 2027-03-28.
        let changes = [("2026-03-29T01:00:00Z", 7200), ("2026-10-25T01:00:00Z", 3600), ("2027-03-28T01:00:00Z", 7200)]
        let berlin = ZoneRules(
            name: "Europe/Berlin", earliest: 3600,
            transitions: changes.map { .init(at: time($0.0).microseconds / 1_000_000, offset: $0.1) }, yearly: nil)
        let plan = PeriodRule(anchor: .day(1), zone: berlin)
        let october = plan.span(of: time("2026-10-10T00:00:00Z"))
        #expect(october.lowerBound == time("2026-09-30T22:00:00Z"))
        #expect(october.upperBound == time("2026-10-31T23:00:00Z"))
        #expect(plan.span(of: time("2027-03-30T00:00:00Z")).upperBound == time("2027-03-31T22:00:00Z"))
    }

    @Test func boundariesReachAYearAhead() {
        let found = PeriodRule(anchor: .day(1), zone: shanghai).boundaries(around: time("2026-11-20T08:00:00Z"))
        #expect(found.count == 14)
        #expect(found.map(\.at) == found.map(\.at).sorted())
        #expect(found[1].at == time("2026-11-30T16:00:00Z"))
        #expect(found.last?.at == time("2027-11-30T16:00:00Z"))
    }

    @Test func theStagesFollowTheShareThatIsUsed() {
        let now = time("2026-11-20T08:00:00Z")
        var budget = Budget(plan(), at: now)
        #expect(budget.look(at: now, open: 0) == nil)
        budget.count(entry(1, 700_000, 99_999, at: now))
        #expect(budget.look(at: now, open: 0) == nil)
        #expect(budget.look(at: now, open: 1) == .slow, "what is open counts as well")
        #expect(budget.look(at: now, open: 2) == nil, "said once")
        budget.count(entry(2, 200_001, at: now))
        #expect(budget.look(at: now, open: 0) == .spent)
        let next = time("2026-12-01T00:00:00Z")
        #expect(budget.look(at: next, open: 0) == .free)
        #expect(budget.used == 0)
    }

    @Test func aRecordCountsOnceAndInThePeriodItBeginsIn() {
        let now = time("2026-11-20T08:00:00Z")
        var budget = Budget(plan(), at: now)
        budget.count(entry(5, 1000, at: now))
        budget.count(entry(5, 1000, at: now))
        budget.count(entry(4, 1000, at: now))
        budget.count(entry(6, 1000, at: time("2026-10-30T00:00:00Z")))
        budget.count(entry(7, -400, at: now))
        #expect(budget.used == 600)
        #expect(budget.sequence == 7)
    }

    @Test func aPlanWithoutAQuotaSlowsNothing() {
        let now = time("2026-11-20T08:00:00Z")
        var budget = Budget(plan(nil), at: now)
        budget.count(entry(1, 1 << 40, at: now))
        #expect(budget.look(at: now, open: 0) == nil)
        #expect(budget.kernelQuota(open: 0) == nil)
        #expect(budget.statement(at: now, open: 0).used == 1 << 40)
    }

    @Test func theKernelsQuotaLeavesRoomForOneBuffer() {
        let now = time("2026-11-20T08:00:00Z")
        var budget = Budget(plan(), at: now)
        budget.count(entry(1, 500_000, at: now))
        #expect(budget.kernelQuota(open: 100_000) == 334_464)
        budget.count(entry(2, 490_000, at: now))
        #expect(budget.kernelQuota(open: 0) == 0)
    }

    @Test func theForecastIsThePaceSoFar() {
        let start = time("2026-10-31T16:00:00Z")
        var budget = Budget(plan(), at: start)
        budget.count(entry(1, 100_000, at: start))
        #expect(budget.statement(at: time("2026-11-01T00:00:00Z"), open: 0).forecast == nil, "too early to say")
        let third = Timestamp(microseconds: start.microseconds + 10 * 86_400_000_000)
        #expect(budget.statement(at: third, open: 0).forecast == 300_000)
        #expect(budget.statement(at: third, open: 0).lastsUntil == nil)
        budget.count(entry(2, 400_000, at: start))
        let statement = budget.statement(at: third, open: 0)
        #expect(statement.forecast == 1_500_000)
        #expect(statement.lastsUntil == Timestamp(microseconds: start.microseconds + 20 * 86_400_000_000))
    }
}
