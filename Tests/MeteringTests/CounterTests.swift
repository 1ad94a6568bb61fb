import FieldGateTesting
import FieldModel
import Metering
import Testing

@Suite struct CounterTests {
    private let start = Instant(nanoseconds: 0)
    private let limit = LinkLimit(.megabits(20))

    private func second(_ count: Int64) -> Instant { Instant(nanoseconds: count * 1_000_000_000) }

    @Test func theFirstReadingIsWhereCountingBegins() {
        var track = CounterTrack()
        let first = track.grow(to: 1_000_000, at: start, limit: limit)
        #expect(first.growth == 0 && first.fault == nil)
        let second = track.grow(to: 1_000_500, at: second(1), limit: limit)
        #expect(second.growth == 500 && second.fault == nil)
    }

    @Test func aCounterOf32BitsWraps() {
        var track = CounterTrack()
        _ = track.grow(to: (1 << 32) - 1000, at: start, limit: limit)
        let wrapped = track.grow(to: 500, at: second(5), limit: limit)
        #expect(wrapped.growth == 1500)
        #expect(wrapped.fault == .wrapped)
    }

    @Test func aCounterBeginsAnewOnReconnect() {
        var track = CounterTrack()
        _ = track.grow(to: 10_000_000, at: start, limit: limit)
        let anew = track.grow(to: 70_000, at: second(5), limit: limit)
        #expect(anew.growth == 70_000)
        #expect(anew.fault == .restarted)
    }

    @Test func aDecreaseIsNeverNegativeVolume() {
        var track = CounterTrack()
        _ = track.grow(to: 1_000_000_000, at: start, limit: limit)
        let less = track.grow(to: 900_000_000, at: second(1), limit: limit)
        #expect(less.growth == 0)
        #expect(less.fault == .decreased(by: 100_000_000))
        #expect(track.grow(to: 900_000_100, at: second(2), limit: limit).growth == 100)
    }

    @Test func aJumpAboveTheLinkIsNotCounted() {
        var track = CounterTrack()
        _ = track.grow(to: 0, at: start, limit: limit)
        let jump = track.grow(to: 50_000_000, at: second(5), limit: limit)
        #expect(jump.growth == 0)
        #expect(jump.fault == .jumped(50_000_000))
        #expect(track.grow(to: 50_010_000, at: second(6), limit: limit).growth == 10_000)
        let long = track.grow(to: 100_000_000, at: second(60), limit: limit)
        #expect(long.growth == 49_990_000, "in a minute it may be so much")
    }

    @Test func exchangedCountersAreExchangedBack() {
        var pair = CounterPair()
        _ = pair.grow(up: 900_000_000, down: 40_000_000, at: start, limit: limit)
        let swapped = pair.grow(up: 40_100_000, down: 901_000_000, at: second(5), limit: limit)
        #expect(swapped.up == 1_000_000 && swapped.down == 100_000)
        #expect(swapped.faults == [.swapped])
        let after = pair.grow(up: 40_200_000, down: 902_000_000, at: second(10), limit: limit)
        #expect(after.up == 1_000_000 && after.down == 100_000)
        #expect(after.faults.isEmpty)
    }

    @Test func aJumpOfAConnectionIsAGapAndNoVolume() {
        let bench = MeterBench { $0.paths[0].limit = .megabits(20) }
        let flow = bench.kernel.open(UsageMark.bulk)
        bench.look()
        bench.pass(.seconds(5))
        bench.kernel.live[flow].flow.sent = Flow.Count(bytes: 900_000_000, packets: 1)
        bench.look()
        bench.pass(.seconds(5))
        bench.kernel.live[flow].flow.sent.bytes += 1000
        bench.look()
        bench.handle(.stop)
        #expect(bench.drafts(.gap).contains { $0.notes.contains(UsageNote("reason", "counter_jumped")) })
        #expect(bench.drafts(.interim).first?.volume?.up == 1000)
        #expect(bench.drafts(.interim).first?.notes.contains { $0.name == "counter_jumped" } == true)
        #expect(bench.alarms.contains { $0.name == "counter_jumped" && $0.path == "a" })
    }

    @Test func aConnectionsCounterThatFallsIsNamed() {
        let bench = MeterBench()
        let flow = bench.kernel.open(UsageMark.bulk)
        bench.kernel.send(flow, 100_000)
        bench.look()
        let before = bench.kernel.live[flow].flow
        bench.kernel.live[flow].flow.sent = Flow.Count()
        bench.look()
        bench.kernel.live[flow].flow = before
        bench.finish()
        bench.check()
        #expect(bench.billedUp == Int64(bench.kernel.truthUp))
        #expect(bench.drafts(.gap).contains { $0.notes.contains(UsageNote("reason", "counter_decreased")) })
    }
}
