import FieldGateTesting
import FieldModel
import Metering
import Testing

@Suite struct ConnectionTests {
    @Test func upIsTheWayOutWhoeverOpenedIt() {
        let bench = MeterBench()
        let ours = bench.kernel.open(UsageMark.telemetry)
        let theirs = bench.kernel.open(UsageMark.control, outside: true)
        bench.kernel.send(ours, 1000)
        bench.kernel.receive(ours, 200)
        bench.kernel.send(theirs, 3000)
        bench.kernel.receive(theirs, 400)
        bench.finish()
        let stops = bench.drafts(.stop).sorted { ($0.trafficClass ?? 0) < ($1.trafficClass ?? 0) }
        let (up, down): ([Int64?], [Int64?]) = ([3156, 1052], [452, 252])
        #expect(stops.map { $0.volume?.deltaUp } == up)
        #expect(stops.map { $0.volume?.deltaDown } == down)
    }

    @Test func sixtyIncarnationsOfTheSameEndsAreToldApart() {
        let bench = MeterBench()
        for _ in 0..<60 {
            let flow = bench.kernel.open(UsageMark.telemetry, id: 7, port: 40_000)
            bench.kernel.send(flow, 1000)
            if Bool.random() { bench.look() }
            bench.kernel.end(flow)
        }
        bench.finish()
        bench.check()
        #expect(bench.drafts(.stop).count == 60)
        #expect(bench.drafts(.stop).allSatisfy { $0.volume?.up == 1052 })
    }

    @Test func aDumpOlderThanTheEndDoesNotReviveAConnection() {
        let bench = MeterBench()
        let flow = bench.kernel.open(UsageMark.telemetry)
        bench.kernel.send(flow, 1000)
        bench.look()
        let old = MeterRound(paths: [bench.kernel.reading], flows: bench.kernel.flows)
        bench.kernel.end(flow)
        bench.drain()
        bench.handle(.round(old))
        bench.finish()
        bench.check()
        #expect(bench.drafts(.stop).count == 1)
        #expect(bench.billedUp == 1052)
    }

    @Test func theOrderOfEventsAndDumpsDoesNotMatter() {
        for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [2, 0, 1], [1, 2, 0], [2, 1, 0]] {
            let bench = MeterBench()
            let short = bench.kernel.open(UsageMark.telemetry)
            let long = bench.kernel.open(UsageMark.bulk)
            bench.kernel.send(short, 1000)
            let dump = MeterEvent.round(MeterRound(paths: [bench.kernel.reading], flows: bench.kernel.flows))
            bench.kernel.send(long, 2000)
            bench.kernel.end(short)
            let steps: [MeterEvent] = [
                .flows([bench.kernel.events[0], bench.kernel.events[2]]), .flows([bench.kernel.events[1]]), dump,
            ]
            for step in order { bench.handle(steps[step]) }
            bench.kernel.events = []
            bench.finish()
            bench.check()
            #expect(bench.billedUp == Int64(bench.kernel.truthUp), "\(order)")
            #expect(bench.drafts(.stop).count == 2, "\(order)")
        }
    }

    @Test func anEndThatWasLostIsClosedWithAGap() {
        let bench = MeterBench()
        let flow = bench.kernel.open(UsageMark.telemetry)
        bench.kernel.send(flow, 1000)
        bench.look()
        bench.kernel.send(flow, 500)
        bench.kernel.end(flow)
        bench.kernel.events = []
        bench.handle(.flows([.lost("the socket overran")]))
        bench.finish()
        bench.check()
        #expect(bench.drafts(.gap).contains { $0.notes.contains(UsageNote("reason", "events_lost")) })
        #expect(bench.drafts(.gap).contains { $0.notes.contains(UsageNote("reason", "end_lost")) })
        #expect(bench.drafts(.stop).map(\.cause) == [.abnormal])
        // What it sent after the last look is in nobody's record but that of the class.
        #expect(bench.unattributedUp == 552)
        #expect(bench.billedUp == Int64(bench.kernel.truthUp))
    }

    @Test func nothingIsClosedWhileTheRingIsNotDrained() {
        let bench = MeterBench()
        let flow = bench.kernel.open(UsageMark.telemetry)
        bench.look()
        bench.kernel.end(flow)
        for _ in 0..<5 {
            bench.handle(.round(MeterRound(paths: [bench.kernel.reading], flows: [], isDrained: false)))
        }
        #expect(bench.drafts(.stop).isEmpty)
        bench.drain()
        #expect(bench.drafts(.stop).map(\.cause) == [.normal])
    }

    @Test func trafficThatTakesNoPathOfThePlanIsNotOurs() {
        let bench = MeterBench()
        let flow = bench.kernel.open(UsageMark.telemetry)
        bench.kernel.live[flow].flow.mark = 0
        bench.kernel.events = []
        bench.look()
        bench.kernel.end(flow)
        bench.look()
        #expect(bench.drafts(.start).isEmpty && bench.drafts(.stop).isEmpty)
    }

    @Test func tenThousandEndsAreTenThousandRecords() {
        let bench = MeterBench()
        for number in 0..<10_000 {
            _ = bench.kernel.open(UsageMark.telemetry, id: UInt32(number), port: UInt16(truncatingIfNeeded: number))
        }
        for index in (0..<10_000).reversed() { bench.kernel.end(index) }
        while !bench.kernel.events.isEmpty { bench.drain(limit: 512) }
        #expect(bench.drafts(.stop).count == 10_000)
    }
}
