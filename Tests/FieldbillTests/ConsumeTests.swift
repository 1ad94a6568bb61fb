import BillTesting
import FieldGateTesting
import FieldModel
import Foundation
import JSONText
import PeerTesting
import Signing
import Testing
import UsageWire

@Suite("Consuming from the broker", .serialized)
struct ConsumeTests {
    private func receiverKey(_ desk: Desk) throws -> VerifyingKey {
        let text = try String(contentsOfFile: desk.folder.path("receiver.key"), encoding: .utf8)
        return try #require(SigningKey(text)?.verifying)
    }

    private func heads(_ desk: Desk) async throws -> [String: Int64] {
        let answer = try await desk.ask(["status", "--json"])
        let status = try JSONReader.read(answer.text.split(separator: "\n").last ?? "")
        return Dictionary(
            status.items("chains").map { ("\($0.text("gw"))/\($0.integer("epoch"))", $0.integer("seq")) },
            uniquingKeysWith: { first, _ in first })
    }

    private func traffic(_ name: String, records: Int) -> TestGateway {
        var gateway = TestGateway(name)
        for number in 0..<records {
            let times = gateway.times("2026-10-01T00:00:00Z")
            var later = times
            later.open.microseconds += Int64(number) * 60_000_000
            later.close.microseconds += Int64(number) * 60_000_000
            later.monotonic += Int64(number) * 60_000_000
            gateway.traffic(TestGateway.Traffic(connection: UInt32(number % 5 + 1), up: Int64(number + 1)), at: later)
        }
        return gateway
    }

    @Test("every record is stored once; holes are asked for; receipts are signed and say how far it is")
    func receipts() async throws {
        let broker = try await Broker()
        let desk = try await Desk(broker: broker.port)
        let key = try receiverKey(desk)
        let gateway = traffic("gw-1", records: 300)
        let simulated = try GatewayDouble(gateway, broker: broker.port, trusting: key)
        let consumer = try desk.start("consume")
        try await consumer.says("connected")
        // Out of order, with doubles, and with a hole that only the gateway's ledger can fill.
        var lines = Array(gateway.records.enumerated()).filter { !(100..<120).contains($0.offset) }.map(\.element)
        lines.swapAt(10, 40)
        lines.swapAt(200, 201)
        simulated.publish(lines + lines.prefix(50))
        try await eventually("all are there") { simulated.requests.contains { $0.from == 101 && $0.through == 120 } }
        try await eventually("a hole of all asked for is filled") { simulated.resent >= 20 }
        try await until("the head is the last") { try await heads(desk)["gw-1/1"] == Int64(gateway.records.count) }
        kill(consumer.pid, SIGTERM)
        #expect(try await consumer.exit() == 0)
        let receipt = try #require(simulated.receipts.last)
        let last = try #require(gateway.records.last)
        #expect((receipt.epoch, receipt.sequence, receipt.hash) == (1, last.sequence, last.hash))
        #expect(simulated.badDocuments == 0)
        #expect(
            try await desk.run("export", "records", "gw-1").split(separator: "\n").map(String.init) == gateway.lines)
        try simulated.close()
    }

    @Test("killed twenty times at any moment, every record is there once", arguments: ["sqlite", "postgres"])
    func killed(_ kind: String) async throws {
        let store = kind == "sqlite" ? "bill.db" : try await PostgresServer.shared.value.freshDatabase()
        let broker = try await Broker()
        let desk = try await Desk(store: store, broker: broker.port)
        let gateways = ["gw-1", "gw-2"].map { traffic($0, records: 2000) }
        let doubles = try gateways.map { try GatewayDouble($0, broker: broker.port, trusting: try receiverKey(desk)) }
        var random = SeededRandom(seed: 5)
        var given = 0
        for round in 0..<20 {
            let consumer = try desk.start("consume")
            try await consumer.says("connected")
            let next = min(2000, given + 100)
            for (gateway, double) in zip(gateways, doubles) {
                // A few go astray on the way.
                double.publish(
                    Array(gateway.records[given..<next]).filter { _ in Int.random(in: 0..<30, using: &random) > 0 })
            }
            given = next
            // Somewhere in the midst of it: after none, some or all of what was published.
            let wanted = Int.random(in: 0...2, using: &random) * 40
            let enough = doubles.reduce(0) { $0 + $1.sent }
            try await eventually("round \(round)") {
                doubles.reduce(0) { $0 + $1.acknowledged } >= enough - wanted
            }
            consumer.kill()
        }
        for (gateway, double) in zip(gateways, doubles) { double.publish(Array(gateway.records[given...])) }
        let consumer = try desk.start("consume")
        try await until("everything is there") {
            let heads = try await heads(desk)
            return gateways.allSatisfy { heads["\($0.name)/1"] == Int64($0.records.count) }
        }
        kill(consumer.pid, SIGINT)
        #expect(try await consumer.exit() == 0)
        for gateway in gateways {
            let exported = try await desk.run("export", "records", gateway.name)
            #expect(exported.split(separator: "\n").map(String.init) == gateway.lines)
        }
        let status = try await desk.run("status", "--json")
        #expect(try JSONReader.read(status.split(separator: "\n")[0]).items("alarms").isEmpty)
        for double in doubles { try double.close() }
    }

    @Test("a gateway that speaks for another, and what is no record, is refused and told, and disturbs nobody")
    func strangers() async throws {
        let broker = try await Broker()
        let desk = try await Desk(broker: broker.port)
        let (mine, other) = (traffic("gw-1", records: 10), traffic("gw-2", records: 10))
        let consumer = try desk.start("consume", "--until-quiet", "2")
        try await consumer.says("connected")
        let double = try GatewayDouble(mine, broker: broker.port, trusting: try receiverKey(desk))
        double.publish(other.records)
        double.publish(text: "nonsense")
        double.publish(mine.records)
        #expect(try await consumer.exit() == 0)
        #expect(consumer.text.contains("a record of gateway 'gw-2', where only 'gw-1' may publish"))
        #expect(consumer.text.contains("unreadable: fg/v1/gw-1/usage: no usage record: no JSON"))
        #expect(try await heads(desk) == ["gw-1/1": Int64(mine.records.count)])
        let status = try await desk.run("status", code: 4)
        #expect(status.contains("stranger") && status.contains("unreadable"))
        try double.close()
    }

    @Test("a broker that is not there, or not named, is said at once")
    func nobody() async throws {
        let port = try LoopbackSocket.freePort()
        let desk = try await Desk(broker: port)
        #expect(try await desk.run("consume", code: 6).contains("check 'broker:' in the desk's settings"))
        let unnamed = try await Desk()
        #expect(try await unnamed.run("consume", code: 1).contains("names no broker"))
    }
}
