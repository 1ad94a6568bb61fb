import CSystem
import ControlWire
import FieldGateTesting
import FieldModel
import MQTTLink
import Measure
import OperatorInput
import OperatorKit
import PeerTesting
import Platform
import Signing
import Testing

/// A device that a test turns.
final class TestInput: OperatorInputDevice {
    private let shared: Monitor<OperatorSample>
    private let freeze: Monitor<Bool>
    private let isFrozen: Flag

    init(_ shared: Monitor<OperatorSample>, _ freeze: Monitor<Bool>, _ isFrozen: Flag) {
        (self.shared, self.freeze, self.isFrozen) = (shared, freeze, isFrozen)
    }

    func sample(at now: Instant) -> OperatorSample {
        freeze.wait { frozen in
            isFrozen.store(frozen)
            return frozen ? .pause(.seconds(30)) : .done(())
        }
        return shared.withLock { $0 }
    }

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
    /// Set, the device hangs until it is unset and signalled.
    let freeze = Monitor(false)
    let isFrozen = Flag()

    init(
        _ plan: TestGateway.Plan = TestGateway.Plan(), purpose: ClaimPurpose = .drive, local: [String] = [],
        machineKey: SigningKey? = nil, confirms: Bool = true, joystick: (path: String, map: JoystickMap)? = nil
    ) async throws {
        broker = try await TestBroker()
        let secret = SigningKey()
        gateway = try TestGateway(broker.settings(), plan, operatorKey: secret.verifying)
        let settings = ConsoleSettings(
            broker: broker.settings(), gateway: "gw", machine: "loader-1", operatorID: "op",
            secretKey: secret.secret, machineKey: (machineKey ?? plan.machine).verifying.text, purpose: purpose,
            localAddresses: local, video: .fixed(.milliseconds(90)))
        let (events, input, freeze, isFrozen) = (events, input, freeze, isFrozen)
        console = try OperatorConsole(
            settings,
            input: { _ in
                if let joystick { return try Joystick(path: joystick.path, map: joystick.map) }
                return TestInput(input, freeze, isFrozen)
            }
        ) { event in
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
        // The last frames may still be on their way when the console has gone.
        #expect(statistics.frames >= UInt64(record.commands.count) && statistics.roundTrips.count > 10)
        #expect(statistics.statesByBroker > 10 && statistics.roundTrip != nil)
    }

    @Test("with a key that is not the machine's takes nothing")
    func wrongMachineKey() async throws {
        let bench = try await ConsoleBench(machineKey: SigningKey())
        try await eventually("the end") { bench.end != nil }
        guard case .lost(let text) = bench.end else { return #expect(Bool(false)) }
        #expect(text.contains("nameplate is not signed by the machine's key"))
    }

    @Test("whose offer somebody else signed takes nothing")
    func wrongSignature() async throws {
        var plan = TestGateway.Plan()
        plan.signer = SigningKey()
        let bench = try await ConsoleBench(plan)
        try await eventually("the end") { bench.end != nil }
        guard case .lost(let text) = bench.end else { return #expect(Bool(false)) }
        #expect(text.contains("the offer is not signed by the machine's key"))
    }

    @Test("tells a refusal, with its reason")
    func refused() async throws {
        var plan = TestGateway.Plan()
        plan.refusal = "held"
        let bench = try await ConsoleBench(plan)
        try await eventually("the end") { bench.end != nil }
        #expect(bench.end == .refused(reason: "held", detail: "by the test"))
    }

    @Test("by force waits, and is granted then")
    func force() async throws {
        var plan = TestGateway.Plan()
        plan.isWaiting = true
        let bench = try await ConsoleBench(plan, purpose: .force)
        try await bench.reaches(.armed)
        #expect(bench.seen { $0 == .waiting } != nil)
    }

    @Test("unlocks without a frame")
    func unlock() async throws {
        let bench = try await ConsoleBench(purpose: .unlock)
        try await eventually("the grant") { bench.seen { if case .granted = $0 { true } else { false } } != nil }
        #expect(bench.gateway.record.withLock { $0.isSignatureRight && $0.commands.isEmpty })
    }

    @Test("believes no forged state, and none that comes again")
    func forgedStates() async throws {
        let bench = try await ConsoleBench()
        try await bench.reaches(.armed)
        let attacker = try Attacker(bench.broker.settings())
        let old = bench.gateway.record.withLock { $0.lastMessage }
        var forged = old
        // The phase, made ACTIVE; and the number, made the newest for ever.
        (forged[2], forged[32]) = (SessionPhase.active.rawValue, 0xFF)
        let before = try #require(bench.newest?.sequence)
        try await eventually("newer states") { bench.newest?.sequence ?? 0 > before + 3 }
        attacker.publish(forged, to: TestGateway.topic(.state))
        attacker.publish(old, to: TestGateway.topic(.state))
        try await eventually("the forgery is counted") { bench.console.statistics.forged == 1 }
        try await eventually("newer states") { bench.newest?.sequence ?? 0 > before + 10 }
        let phases = bench.events.withLock { $0 }.compactMap { event -> (SessionPhase, UInt32)? in
            if case .state(let frame, _) = event { (frame.phase, frame.sequence) } else { nil }
        }
        #expect(!phases.contains { $0.0 == .active })
        #expect(zip(phases, phases.dropFirst()).allSatisfy { $0.1 < $1.1 })
        bench.console.stop()
        let echoes = bench.gateway.record.withLock { $0.commands.map(\.echoSequence) }
        #expect(zip(echoes, echoes.dropFirst()).allSatisfy { $0 <= $1 })
    }

    @Test("whose input froze does not pretend to be fresh: the echo is that of before, and its age is told")
    func frozenConsole() async throws {
        let bench = try await ConsoleBench()
        try await bench.reaches(.armed)
        bench.freeze.withLock { $0 = true }
        try await eventually("the device hangs") { bench.freeze.withLock { $0 } && bench.isFrozen.load() }
        let atFreeze = bench.gateway.record.withLock { $0.state.sequence }
        let frames = bench.gateway.record.withLock { $0.commands.count }
        try await eventually("states go on") { bench.gateway.record.withLock { $0.state.sequence } > atFreeze + 15 }
        bench.freeze.signal { frozen in
            frozen = false
            return true
        }
        try await eventually("frames again") { bench.gateway.record.withLock { $0.commands.count } > frames + 3 }
        let late = try #require(bench.gateway.record.withLock { $0.commands }.max { $0.hold < $1.hold })
        #expect(late.echoSequence <= atFreeze + 1 && late.hold > 200_000)
    }

    @Test("whose joystick falls silent lets enable go")
    func frozenJoystick() async throws {
        let folder = try TemporaryFolder()
        let path = folder.path("joystick")
        #expect(mkfifo(path, 0o600) == 0)
        var map = JoystickMap.gamepad
        map.silence = .milliseconds(300)
        let bench = try await ConsoleBench(joystick: (path, map))
        try await bench.reaches(.armed)
        let hand = try RecordedInput(path: path, map: map)
        try hand.record(
            OperatorSample(enable: true, axes: [1, 0, 0, 0]), at: Instant(nanoseconds: 0))
        try await eventually("enable counts") { bench.newest?.phase == .active }
        // Nothing is written any more, and the axes were out of rest.
        try await bench.reaches(.armed)
        let last = try #require(bench.gateway.record.withLock { $0.commands.last })
        #expect(!last.flags.contains(.enable) && last.axes == .rest)
    }
}

/// Somebody who may write to the broker, and has no key.
final class Attacker {
    private let connection: MQTTConnection
    private let loop: EventLoop

    init(_ broker: BrokerSettings) throws {
        let time = SystemTime(source: .system)
        connection = try MQTTConnector(broker, will: nil, time: time, style: .control).connect()
        loop = try EventLoop(time: time)
        loop.add(connection)
    }

    deinit { connection.disconnect() }

    /// Returns when the bytes have gone.
    func publish(_ message: [UInt8], to topic: String) {
        message.withUnsafeBytes { connection.send($0, to: topic) }
        loop.run { _ in connection.interest.contains(.write) }
    }
}
