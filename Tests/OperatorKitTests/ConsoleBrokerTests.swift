import ControlWire
import FieldGateTesting
import FieldModel
import Measure
import OperatorInput
import OperatorKit
import Platform
import Testing

/// A device that a test turns.
final class TestInput: OperatorInputDevice {
    let shared: Monitor<OperatorSample>
    init(_ shared: Monitor<OperatorSample>) { self.shared = shared }
    func sample(at now: Instant) -> OperatorSample { shared.withLock { $0 } }
    var fault: String? { nil }
    let descriptor: Int32 = -1
    let interest: EventInterest = []
    let deadline: Instant? = nil
    func ready(_ events: EventInterest, at now: Instant) {}
}

/// A console, a broker and the small gateway.
final class ConsoleBench {
    let broker: TestBroker
    let gateway: TestGateway
    let console: OperatorConsole
    let events = Monitor<[ConsoleEvent]>([])
    let input = Monitor(OperatorSample(axes: [0, 0, 0]))

    init(
        _ plan: TestGateway.Plan = TestGateway.Plan(), purpose: ClaimPurpose = .drive, local: [String] = [],
        machineKey: SigningKey? = nil, confirms: Bool = true
    ) async throws {
        broker = try await TestBroker()
        let secret = SigningKey()
        gateway = try TestGateway(broker.settings(), plan, operatorKey: secret.verifying)
        let settings = ConsoleSettings(
            broker: broker.settings(), gateway: "gw", machine: "loader-1", operatorID: "op",
            secretKey: secret.secret, machineKey: (machineKey ?? plan.machine).verifying.text, purpose: purpose,
            localAddresses: local, video: .fixed(.milliseconds(90)))
        let (events, input) = (events, input)
        console = try OperatorConsole(settings, input: { _ in TestInput(input) }) { event in
            events.withLock { $0.append(event) }
        }
        try console.start()
        guard confirms else { return }
        try await eventually("an offer, or the end") {
            seen { if case .offered = $0 { true } else { $0.isLast } } != nil
        }
        console.confirm()
    }

    func seen(_ isWanted: (ConsoleEvent) -> Bool) -> ConsoleEvent? { events.withLock { $0.first(where: isWanted) } }

    var newest: StateFrame? {
        events.withLock { events in
            for event in events.reversed() { if case .state(let frame, _) = event { return frame } }
            return nil
        }
    }

    func reaches(_ phase: SessionPhase) async throws {
        try await eventually("phase \(phase.name)") { newest?.phase == phase }
    }

    var end: ConsoleEvent? { seen(\.isLast) }
}

@Suite("A console over MQTT", .serialized)
struct ConsoleBrokerTests {
    @Test("takes the machine, drives it, stops it, acknowledges, and lets it go")
    func session() async throws {
        let bench = try await ConsoleBench()
        try await bench.reaches(.armed)
        #expect(bench.seen { if case .granted(77, 5) = $0 { true } else { false } } != nil)
        #expect(bench.gateway.record.withLock { $0.isSignatureRight })
        bench.input.withLock { $0 = OperatorSample(enable: true, axes: [0.5, -1, 0]) }
        try await bench.reaches(.active)
        try await eventually("the axes are written") { bench.newest?.written[0] == 500 }
        #expect(bench.newest?.written[1] == -1000)
        bench.console.requestStop()
        try await bench.reaches(.safeStop)
        let frame = try #require(bench.gateway.record.withLock { $0.commands.last })
        try await eventually("frames after the stop") {
            bench.gateway.record.withLock { $0.commands.last?.sequence ?? 0 > frame.sequence + 3 }
        }
        let after = try #require(bench.gateway.record.withLock { $0.commands.last })
        #expect(!after.flags.contains(.enable) && after.axes == .rest && after.acknowledgedStop == 0)
        bench.input.withLock { $0 = OperatorSample(axes: [0, 0, 0]) }
        bench.console.acknowledge()
        try await bench.reaches(.armed)
        bench.console.stop()
        #expect(bench.end == .ended(.idle, .released))
        let record = bench.gateway.record.withLock { $0 }
        #expect(record.stops.count == 2 && Set(record.stops.map(\.id)).count == 1)
        #expect(record.wrong == 0)
        #expect(record.commands.map(\.sequence) == Array(1...UInt64(record.commands.count)))
        #expect(record.commands.allSatisfy { $0.profile == 0x0102 && $0.videoAge == 90 && $0.echoSequence > 0 })
        let statistics = bench.console.statistics
        #expect(statistics.frames == UInt64(record.commands.count) && statistics.roundTrips.count > 10)
        #expect(statistics.statesByBroker > 10 && statistics.roundTrip != nil)
    }
}
