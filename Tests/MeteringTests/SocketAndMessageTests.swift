import FieldGateTesting
import FieldModel
import Metering
import Testing

@Suite struct SocketFlowsTests {
    private let tuple = Flow.Tuple(
        transport: 6, source: [10, 0, 0, 1], destination: [203, 0, 113, 9], sourcePort: 40_000, destinationPort: 8883)

    private func socket(_ bytes: UInt64, _ segments: UInt64) -> SocketReading {
        SocketReading(tuple: tuple, segmentsOut: segments, segmentsIn: 2, bytesOut: bytes, bytesIn: 100)
    }

    @Test func withoutRightsOwnSocketsAreCountedAndEveryRecordIsEstimated() {
        var flows = SocketFlows()
        let time = ManualTime()
        var settings = MeterBench.settings("boot-1") { _ in }
        settings.isFromSockets = true
        var meter = Meter(settings, at: Moment(time))
        var drafts: [UsageDraft] = []
        func look(_ sockets: [SocketReading]) {
            time.advance(by: .seconds(5))
            let seen = flows.look(sockets, at: time.utc()) { _ in
                UsageMark(path: 0, trafficClass: UsageMark.telemetry, cameFromOutside: false)
            }
            let path = PathReading(
                path: "a", at: time.now(), sent: .init(), received: .init(), header: 14, classes: [], span: .zero)
            for event in [MeterEvent.flows(seen.ended), .round(MeterRound(paths: [path], flows: seen.flows))] {
                for case .append(let new) in meter.handle(event, at: Moment(time)) { drafts += new }
            }
        }
        look([socket(1000, 3)])
        look([socket(5000, 8)])
        look([])
        let stop = drafts.first { $0.kind == .stop }
        #expect(stop?.volume?.deltaUp == 5416)
        #expect(stop?.volume?.deltaDown == 204)
        #expect(stop?.volume?.source == .app)
        #expect(!drafts.contains { $0.volume?.isEstimated == false })
    }

    @Test func recordsAreEstimatedWhileTheCountersAreDoubted() {
        let bench = MeterBench()
        let flow = bench.kernel.open(UsageMark.bulk)
        bench.kernel.send(flow, 12_000_000)
        bench.handle(.doubts(["hardware flow offload is on"]))
        bench.look()
        bench.handle(.doubts([]))
        bench.kernel.send(flow, 12_000_000)
        bench.look()
        #expect(bench.drafts(.interim).map { $0.volume?.isEstimated } == [true, false])
        #expect(bench.alarms.map(\.name) == ["counters_doubted"])
    }
}

@Suite struct MessageTallyTests {
    private func row(_ sequence: UInt64, _ stream: Stream = .telemetry) -> RowIdentity {
        RowIdentity(epoch: 1, stream: stream, sequence: sequence)
    }

    @Test func aPublishCountsOnceWhenItIsSettled() {
        var tally = MessageTally()
        for number in 1...3 { tally.sent(row(UInt64(number))) }
        tally.acknowledged(row(2), bytes: 200)
        tally.acknowledged(row(3), bytes: 300)
        #expect(tally.take() == nil, "the first is still out")
        tally.acknowledged(row(1), bytes: 100)
        tally.settled(.telemetry, through: 3)
        #expect(tally.take() == MessageCount(messages: 3, bytes: 600, through: ["telemetry": 3]))
    }

    @Test func whatGoesOutAgainIsARetryAndNotBilled() {
        var tally = MessageTally()
        for number in 1...3 { tally.sent(row(UInt64(number))) }
        tally.acknowledged(row(1), bytes: 100)
        tally.settled(.telemetry, through: 1)
        tally.acknowledged(row(3), bytes: 300)
        tally.disconnected()
        for number in 2...3 { tally.sent(row(UInt64(number))) }
        tally.acknowledged(row(2), bytes: 200)
        tally.acknowledged(row(3), bytes: 300)
        tally.settled(.telemetry, through: 3)
        #expect(tally.take() == MessageCount(messages: 3, bytes: 600, retries: 2, through: ["telemetry": 3]))
    }

    @Test func aRowThatWasRefusedIsNoMessage() {
        var tally = MessageTally()
        tally.sent(row(1, .event))
        tally.sent(row(2, .event))
        tally.acknowledged(row(2, .event), bytes: 50)
        tally.settled(.event, through: 2)
        #expect(tally.take() == MessageCount(messages: 1, bytes: 50, through: ["event": 2]))
    }

    @Test func textsOfWhatIsCountedAreRead() {
        let count = MessageCount(through: ["telemetry": 12, "event": 3])
        #expect(count.throughText == "event:3 telemetry:12")
        #expect(MessageCount.through(count.throughText) == count.through)
        #expect(MessageCount.through("rubbish a:b :: telemetry:7") == ["telemetry": 7])
    }
}
