import FieldGateTesting
import FieldModel
import Metering
import Testing

@Suite struct BalanceTests {
    @Test func offloadIsCorrectedByTheSocketsOwnCount() {
        let bench = MeterBench()
        let flow = bench.kernel.open(UsageMark.telemetry, own: true)
        bench.kernel.send(flow, 1_448_000, offload: true)
        bench.look()
        bench.kernel.send(flow, 144_800, offload: true)
        bench.look()
        bench.finish()
        let stop = bench.drafts(.stop).first
        #expect(stop?.volume?.source == .connectionTrackingCorrected)
        // 1000 and 100 segments, of which connection tracking saw one each.
        let hidden: Int64 = 999 * 52 + 99 * 52
        #expect(stop?.volume?.correctionUp == hidden)
        #expect(bench.billedUp == Int64(bench.kernel.truthUp))
        #expect(bench.unattributedUp <= 52)
    }

    @Test func headersDependOnTheVersionOfIPAndOnOptions() {
        let bench = MeterBench()
        let flow = Flow.Tuple(
            transport: 6, source: [UInt8](repeating: 1, count: 16), destination: [UInt8](repeating: 2, count: 16),
            sourcePort: 1, destinationPort: 2)
        let mark = UsageMark(path: 0, trafficClass: UsageMark.telemetry, cameFromOutside: false).bits
        let live = Flow(
            id: 1, start: 1, mark: mark, original: flow, reply: flow, sent: .init(bytes: 10_000, packets: 1),
            received: .init())
        let socket = SocketReading(
            tuple: flow, segmentsOut: 11, segmentsIn: 0, bytesOut: 0, bytesIn: 0, optionBytes: 0)
        bench.handle(.round(MeterRound(sockets: [socket], paths: [], flows: [live])))
        bench.handle(.stop)
        #expect(bench.drafts(.interim).first?.volume?.correctionUp == 600)
    }

    @Test func forwardedTrafficIsExact() {
        let bench = MeterBench()
        let camera = bench.kernel.open(0x101)
        bench.kernel.classes[0x101] = ClassReading(trafficClass: 0x101, bytes: 0, packets: 0, backlog: 0, drops: 0)
        bench.look()
        for _ in 0..<50 {
            bench.pass(.seconds(5))
            bench.kernel.send(camera, 1_234_567)
            bench.kernel.receive(camera, 4_321)
            bench.look()
        }
        bench.finish()
        #expect(bench.unattributedUp == 0 && bench.unattributedDown == 0)
        #expect(bench.billedUp == Int64(bench.kernel.truthUp))
        #expect(bench.drafts(.stop).first?.ratingGroup == "video")
        #expect(bench.drafts(.stop).first?.volume?.source == .connectionTracking)
    }

    @Test func whatTheShaperDropsIsNeverBilled() {
        let bench = MeterBench()
        let camera = bench.kernel.open(UsageMark.bulk)
        for number in 0..<100 {
            bench.pass(.seconds(5))
            bench.kernel.send(camera, 100_000)
            if number % 4 == 0 { bench.kernel.send(camera, 20_000, dropped: true) }
            bench.look()
        }
        for _ in 0..<4 {
            bench.pass(.seconds(5))
            bench.look()
        }
        bench.finish()
        bench.check()
        #expect(bench.billedUp == Int64(bench.kernel.truthUp))
        let thrownAway: Int64 = 25 * (20_000 + 14 * 52)
        let dropped = bench.drafts.flatMap(\.notes).filter { $0.name == "dropped" }.compactMap { Int64($0.value) }
        #expect(dropped.reduce(0, +) == thrownAway)
        let corrections = bench.drafts.compactMap { $0.volume?.correctionUp }.reduce(0, +)
        #expect(corrections == -thrownAway)
        #expect(bench.drafts(.unattributed).contains { $0.notes.contains { $0.name == "shaper_drops" } })
    }

    @Test func whatTheShaperDropsIsSharedByWhatIsOpen() throws {
        let bench = MeterBench()
        let cameras = (1...40).map { bench.kernel.open(UsageMark.bulk, id: UInt32($0)) }
        bench.look()
        for (number, camera) in cameras.enumerated() {
            bench.kernel.send(camera, UInt64(1000 * (number + 1)), dropped: number == 0)
        }
        for _ in 0..<5 {
            bench.look()
            bench.pass(.seconds(5))
        }
        for camera in cameras.reversed() { bench.kernel.end(camera) }
        bench.look()
        let stops = bench.drafts(.stop).compactMap { draft -> (open: Int64, taken: Int64)? in
            guard let volume = draft.volume else { return nil }
            return (volume.deltaUp - volume.correctionUp, -volume.correctionUp)
        }
        let (open, taken) = (stops.reduce(0) { $0 + $1.open }, stops.reduce(0) { $0 + $1.taken })
        #expect(stops.count == 40 && taken == 1000 + 52)
        let largest = try #require(stops.max { $0.open < $1.open }?.open)
        for stop in stops {
            let share = stop.open * taken / open
            #expect(stop.taken == share || (stop.open == largest && stop.taken >= share && stop.taken < share + 40))
        }
    }

    @Test func dropsThatShowWhenAllHasEndedAreTakenBack() {
        let bench = MeterBench()
        let (first, second) = (bench.kernel.open(UsageMark.bulk), bench.kernel.open(UsageMark.bulk))
        let other = bench.kernel.open(UsageMark.telemetry)
        bench.kernel.send(first, 30_000)
        bench.kernel.send(second, 1_448)
        bench.kernel.send(second, 20_000, dropped: true)
        bench.kernel.send(other, 5_000)
        bench.look()
        bench.finish()
        bench.check()
        let thrownAway: Int64 = 20_000 + 14 * 52
        #expect(bench.billedUp == Int64(bench.kernel.truthUp))
        let adjusts = bench.drafts(.adjust)
        #expect(adjusts.compactMap { $0.volume?.deltaUp }.reduce(0, +) == -thrownAway)
        for adjust in adjusts {
            let target = bench.ledger.first { $0.sequence == adjust.correction?.sequence }?.draft
            #expect(target?.trafficClass == UsageMark.bulk && target?.connection == adjust.connection)
            #expect((target?.volume?.deltaUp ?? 0) + (adjust.volume?.deltaUp ?? 0) >= 0)
            #expect(adjust.times.open == target?.times.open)
        }
    }

    @Test func whatWasTakenBackIsRememberedByTheNextProcess() {
        let bench = MeterBench()
        for round in 0..<3 {
            let flow = bench.kernel.open(UsageMark.bulk)
            bench.kernel.send(flow, 10_000)
            bench.kernel.send(flow, 4_000, dropped: true)
            bench.kernel.end(flow)
            for _ in 0..<4 {
                bench.pass(.seconds(5))
                bench.look()
            }
            if round == 1 { bench.restart() }
        }
        bench.finish()
        bench.check()
        #expect(bench.billedUp == Int64(bench.kernel.truthUp))
        #expect(Set(bench.drafts(.adjust).compactMap(\.correction?.id)).count == bench.drafts(.adjust).count)
        #expect(!bench.drafts(.adjust).isEmpty)
    }

    @Test func aBacklogIsNoDrop() {
        let bench = MeterBench()
        let camera = bench.kernel.open(UsageMark.bulk)
        bench.kernel.send(camera, 500_000)
        bench.look()
        // Connection tracking has seen it, the shaper has not sent it yet.
        let waiting = UInt64(200_000)
        bench.kernel.classes[UsageMark.bulk]?.bytes -= waiting
        bench.kernel.classes[UsageMark.bulk]?.backlog = waiting
        for _ in 0..<5 { bench.look() }
        bench.kernel.classes[UsageMark.bulk]?.bytes += waiting
        bench.kernel.classes[UsageMark.bulk]?.backlog = 0
        bench.finish()
        #expect(!bench.drafts.flatMap(\.notes).contains { $0.name == "dropped" })
    }

    @Test func aDifferenceThatGoesAwayIsNotRecorded() {
        let bench = MeterBench()
        let flow = bench.kernel.open(UsageMark.telemetry, own: true)
        bench.kernel.send(flow, 1_448_000, offload: true)
        // The socket could not be read this time.
        bench.look(sockets: false)
        bench.pass(.seconds(900))
        bench.look()
        bench.finish()
        #expect(bench.unattributedUp <= 52)
        #expect(bench.billedUp == Int64(bench.kernel.truthUp))
    }

    @Test func whatNoConnectionExplainsIsRecordedByClass() {
        let bench = MeterBench()
        bench.kernel.stray(up: 640, down: 320)
        for _ in 0..<4 {
            bench.pass(.seconds(5))
            bench.look()
        }
        bench.pass(.seconds(900))
        bench.look()
        let records = bench.drafts(.unattributed).filter { $0.volume?.deltaUp != 0 || $0.volume?.deltaDown != 0 }
        #expect(records.map(\.trafficClass) == [0, UsageMark.telemetry])
        #expect(records.map { $0.volume?.source } == [.interface, .shaper])
        #expect(records[0].volume?.deltaDown == 320)
        #expect(records[1].volume?.deltaUp == 640)
        #expect(records[1].ratingGroup == "telemetry")
    }

    @Test func aPathWithoutAShaperBalancesByItsInterface() {
        let bench = MeterBench()
        bench.kernel.hasShaper = false
        bench.restart()
        bench.look()
        let flow = bench.kernel.open(UsageMark.telemetry)
        bench.kernel.send(flow, 10_000)
        bench.kernel.stray(up: 100)
        bench.finish()
        #expect(bench.unattributedUp == 100)
        #expect(bench.billedUp == Int64(bench.kernel.truthUp))
    }

    @Test func aShaperThatIsReplacedBeginsAnew() {
        let bench = MeterBench()
        let flow = bench.kernel.open(UsageMark.bulk)
        bench.kernel.send(flow, 1_000_000)
        bench.look()
        bench.kernel.classes[UsageMark.bulk] = ClassReading(
            trafficClass: UsageMark.bulk, bytes: 0, packets: 0, backlog: 0, drops: 0)
        bench.kernel.send(flow, 100_000)
        bench.pass(.seconds(5))
        bench.look()
        for _ in 0..<5 {
            bench.pass(.seconds(5))
            bench.look()
        }
        bench.finish()
        #expect(bench.billedUp == Int64(bench.kernel.truthUp), "connections are not touched by it")
        #expect(bench.drafts(.gap).contains { $0.notes.contains(UsageNote("reason", "counter_restarted")) })
    }
}
