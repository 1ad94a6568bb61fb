import CSystem
import ControlWire
import FieldGateTesting
import FieldModel
import OperatorInput
import OperatorKit
import PeerTesting
import Platform
import Signing
import Testing

@Suite("A console on the direct path", .serialized)
struct DirectPathTests {
    static func bench() async throws -> ConsoleBench {
        var plan = TestGateway.Plan()
        plan.paths = ["127.0.0.1", "127.0.0.2"]
        let bench = try await ConsoleBench(plan, local: ["127.0.0.1"])
        try await bench.reaches(.armed)
        try await eventually("both paths are known") { bench.console.statistics.paths == [0, 1] }
        return bench
    }

    @Test("sends the same bytes to every path, and MQTT rests unless it is asked for or needed")
    func twoPaths() async throws {
        let bench = try await Self.bench()
        try await eventually("MQTT rests") {
            let count = bench.gateway.record.withLock { $0.commands.count }
            guard let last = bench.gateway.record.withLock({ $0.commands.last?.sequence }) else { return false }
            return bench.gateway.record.withLock { $0.directCommands.last?.frame.sequence ?? 0 } > last + 10
                && bench.gateway.record.withLock { $0.commands.count } == count
        }
        var copies: [[(path: Int, frame: CommandFrame, packet: [UInt8])]] = []
        try await eventually("frames by both paths") {
            let frames = bench.gateway.record.withLock { $0.directCommands }
            copies = Dictionary(grouping: frames, by: \.frame.sequence).values.filter { $0.count == 2 }
            return copies.count > 5
        }
        #expect(copies.allSatisfy { $0[0].packet == $0[1].packet && $0[0].path != $0[1].path })

        var before = bench.gateway.record.withLock { $0.commands.count }
        bench.gateway.plan.withLock { $0.flags.formUnion(.useBroker) }
        try await eventually("MQTT is asked for") { bench.gateway.record.withLock { $0.commands.count } > before + 3 }
        bench.gateway.plan.withLock { $0.isMuteOnDirect = true }
        try await eventually("the paths are forgotten") { bench.console.statistics.paths.isEmpty }
        before = bench.gateway.record.withLock { $0.commands.count }
        try await eventually("MQTT is all there is") {
            bench.gateway.record.withLock { $0.commands.count } > before + 3
        }
        // By both ways one frame is one frame: its number is the same, and so is all it says.
        let record = bench.gateway.record.withLock { $0 }
        let direct = Dictionary(record.directCommands.map { ($0.frame.sequence, $0.frame) }) { first, _ in first }
        #expect(record.commands.allSatisfy { direct[$0.sequence] == nil || direct[$0.sequence] == $0 })
        #expect(record.wrong == 0)
    }

    @Test("stops in five copies a path and two on MQTT, all of them one stop")
    func stopCopies() async throws {
        let bench = try await Self.bench()
        bench.console.requestStop()
        try await eventually("all copies") {
            bench.gateway.record.withLock { $0.directStops.count == 10 && $0.stops.count == 2 }
        }
        let record = bench.gateway.record.withLock { $0 }
        #expect(Set(record.directStops.map(\.frame.id) + record.stops.map(\.id)).count == 1)
        #expect(record.directStops.filter { $0.path == 0 }.count == 5)
        try await bench.reaches(.safeStop)
        #expect(bench.newest?.stopNumber == 1)
    }

    @Test("goes on when the broker dies, and says so")
    func brokerDies() async throws {
        let bench = try await Self.bench()
        bench.broker.process.kill()
        try await eventually("the loss is told") {
            bench.seen { if case .brokerLost = $0 { true } else { false } } != nil
        }
        let sent = bench.gateway.record.withLock { $0.directCommands.count }
        let echo = bench.gateway.record.withLock { $0.directCommands.last?.frame.echoSequence ?? 0 }
        try await eventually("frames go on") { bench.gateway.record.withLock { $0.directCommands.count } > sent + 30 }
        #expect(bench.gateway.record.withLock { $0.directCommands.last?.frame.echoSequence ?? 0 } > echo + 5)
        #expect(bench.end == nil)
    }

    @Test("neither believes nor answers an address that did not prove itself")
    func attacker() async throws {
        let bench = try await Self.bench()
        let address = try #require(bench.gateway.record.withLock { $0.hello?.direct.first })
        let port = try #require(address.split(separator: ":").last.flatMap { UInt16($0) })
        var local = sockaddr_storage()
        var console = sockaddr_storage()
        let socket = fg_datagram_socket(&local, fg_network_address(&local, "127.0.0.3", 0))
        defer { close(socket) }
        let length = fg_network_address(&console, "127.0.0.1", port)
        let replay = bench.gateway.record.withLock { $0.lastPacket }
        var forged = replay
        forged[20] ^= 1
        let before = bench.console.statistics
        for packet in [replay, forged, [1, 2, 3], [UInt8](repeating: 1, count: 200)] {
            #expect(fg_datagram_send(socket, packet, packet.count, &console, length) > 0)
        }
        try await eventually("all are counted") {
            let statistics = bench.console.statistics
            return statistics.forged == before.forged + 3 && statistics.replayed >= before.replayed + 1
        }
        #expect(bench.console.statistics.paths == [0, 1])
        let sent = bench.gateway.record.withLock { $0.directCommands.count }
        try await eventually("frames go on") { bench.gateway.record.withLock { $0.directCommands.count } > sent + 10 }
        var answer = [UInt8](repeating: 0, count: 256)
        var source = sockaddr_storage()
        var sourceLength: Int32 = 0
        #expect(fg_datagram_receive(socket, &answer, answer.count, &source, &sourceLength) == -EAGAIN)
    }

    @Test("names an address of its own that is none, and what to do")
    func wrongAddress() async throws {
        let broker = try await TestBroker()
        let settings = ConsoleSettings(
            broker: broker.settings(), gateway: "gw", machine: "loader-1", operatorID: "op",
            secretKey: SigningKey().secret, machineKey: SigningKey().verifying.text, localAddresses: ["192.0.2.1"])
        let console = try OperatorConsole(settings, input: { _ in throw ConsoleFault("none") }, onEvent: { _ in })
        #expect {
            try console.start()
        } throws: {
            "\($0)".contains("192.0.2.1") && "\($0)".contains("address of this host")
        }
    }
}
