import FieldGateTesting
import FieldModel
import Metering
import Testing

@Suite struct ClockTests {
    @Test func aBootIn1970IsStampedAnewOnceTheClockIsSet() {
        let time = ManualTime(utc: Timestamp(microseconds: 100_000_000), quality: .unsynced)
        let bench = MeterBench(time: time)
        let flow = bench.kernel.open(UsageMark.bulk)
        bench.kernel.send(flow, 1000)
        bench.look()
        bench.pass(.seconds(10))
        time.set(utc: Timestamp(rfc3339: "2026-11-20T08:00:10Z")!)
        time.set(.synced)
        bench.look()
        bench.finish()
        bench.check()
        let stop = bench.drafts(.stop).first
        #expect(stop?.times.open.iso8601 == "2026-11-20T08:00:00.000Z")
        #expect(stop?.times.clock == .synced)
        #expect(bench.drafts(.start).first?.times.clock == .unsynced)
        #expect(bench.alarms.contains { $0.name == "clock_step" })
        // Whoever has both records can name the first moment, too.
        let first = bench.drafts(.start)[0].times
        #expect(stop!.times.monotonic - first.monotonic == 10_000_000)
    }

    @Test(arguments: [365, -365]) func aClockThatWasRightAndJumpsAYearIsNotBelieved(days: Int64) {
        let bench = MeterBench()
        let flow = bench.kernel.open(UsageMark.bulk)
        bench.kernel.send(flow, 1000)
        bench.look()
        bench.pass(.seconds(10))
        bench.time.set(utc: Timestamp(microseconds: bench.time.utc().microseconds + days * 86_400_000_000))
        bench.kernel.end(flow)
        bench.drain()
        let stop = bench.drafts(.stop).first
        #expect(stop?.times.clock == .holdover)
        #expect(stop?.times.close.iso8601 == "2026-11-20T08:00:10.000Z")
    }

    @Test func aJumpThatStandsForTenMinutesIsBelieved() {
        let bench = MeterBench()
        bench.time.set(utc: Timestamp(rfc3339: "2027-11-20T08:00:00Z")!)
        bench.look()
        bench.pass(.seconds(300))
        bench.look()
        #expect(bench.alarms.count == 1)
        bench.pass(.seconds(300))
        bench.look()
        #expect(bench.alarms.count == 2)
        bench.handle(.stop)
        #expect(bench.drafts.last?.times.close.iso8601 == "2027-11-20T08:10:00.000Z")
        #expect(bench.drafts.last?.times.clock == .synced)
    }

    @Test func aClockThatIsLostRunsOnAlone() {
        let bench = MeterBench()
        bench.time.set(.holdover)
        bench.pass(.seconds(5))
        bench.handle(.stop)
        #expect(bench.drafts.last?.times.clock == .holdover)
        #expect(bench.drafts.last?.times.close == bench.time.utc())
    }

    @Test func steeringIsFollowed() {
        let bench = MeterBench()
        for _ in 0..<100 {
            bench.pass(.seconds(5))
            bench.time.set(utc: Timestamp(microseconds: bench.time.utc().microseconds + 500_000))
            bench.look()
        }
        #expect(bench.alarms.isEmpty)
        bench.handle(.stop)
        #expect(bench.drafts.last?.times.close == bench.time.utc())
    }

    @Test func aBoundaryThatOnlyTheRightClockShowsIsKept() {
        let time = ManualTime(utc: Timestamp(microseconds: 100_000_000), quality: .unsynced)
        let bench = MeterBench(time: time)
        let end = Timestamp(rfc3339: "2026-12-01T00:00:00Z")!
        bench.handle(.boundaries([UsageBoundary(at: end, cause: .period)]))
        let flow = bench.kernel.open(UsageMark.bulk)
        bench.kernel.send(flow, 1000)
        bench.look()
        bench.pass(.seconds(60))
        bench.look()
        bench.kernel.send(flow, 500)
        time.set(utc: Timestamp(microseconds: end.microseconds + 30_000_000))
        time.set(.synced)
        bench.look()
        bench.finish()
        bench.check()
        for draft in bench.drafts where draft.connection != nil && draft.kind.hasVolume {
            #expect(draft.times.close <= end || draft.times.open >= end)
        }
        #expect(bench.drafts(.interim).map(\.cause) == [.period])
    }
}
