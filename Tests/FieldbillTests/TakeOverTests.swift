import BillTesting
import FieldGateTesting
import Foundation
import Glibc
import JSONText
import PeerTesting
import Signing
import Testing
import UsageWire

@Suite("Chains that a desk takes over midway", .serialized)
struct TakeOverTests {
    /// Ten records of a gigabyte, a checkpoint as record 12, ten more, a checkpoint as record 23.
    private func gateway() -> TestGateway {
        var gateway = TestGateway("gw-1")
        for number in 0..<20 {
            // Closer together than checkpoints come by themselves.
            gateway.traffic("2026-10-01T00:0\(number / 6):\(number % 6)0Z") {
                $0.up = 1_000_000_000; $0.seconds = 10
            }
            if number % 10 == 9 { gateway.checkpoint(at: "2026-10-01T00:0\(number / 6):\(number % 6)5Z") }
        }
        return gateway
    }

    private func desk() async throws -> Desk {
        let desk = try await Desk()
        try await desk.add(plan: perGigabyte)
        try await desk.run("assign", "m1", "--from", "2026-01-01", "--plan", "data", "--gateway", "gw-1")
        return desk
    }

    @Test("from a signed checkpoint on, what waited is taken; what lies before is named as not held, also on invoices")
    func checkpoint() async throws {
        let desk = try await desk()
        let gateway = gateway()
        let checkpoint = try #require(gateway.records.firstIndex { $0.checkpoint != nil })
        let rest = try desk.write(Array(gateway.lines[checkpoint...]), to: "rest.jsonl")
        let waiting = try await desk.run("ingest", rest, code: 4)
        #expect(waiting.contains("records 1 to 11 are missing") && waiting.contains("'fieldbill gateway begin'"))
        let unknown = try await desk.run("gateway", "begin", "gw-1", "--checkpoint", rest, code: 3)
        #expect(unknown.contains("no key of gateway gw-1 is trusted here") && unknown.contains("'fieldgate usage key'"))
        let wrong = try await desk.run(
            "gateway", "begin", "gw-1", "--checkpoint", rest, "--key", SigningKey().verifying.text, code: 5)
        #expect(wrong.contains("rest.jsonl:1: record 12 of epoch 1: it is signed by the key"))
        let begun = try await desk.run("gateway", "begin", "gw-1", "--checkpoint", rest, "--key", gateway.key.text)
        #expect(begun.contains("begins behind record 12") && begun.contains("records 1 to 12 are not held here"))
        #expect(begun.contains("11 that waited are taken"))
        #expect(try await desk.run("status").contains("gateway gw-1, epoch 1: records 1 to 12 are not held here"))
        let old = try await desk.run("ingest", desk.write(gateway.lines, to: "all.jsonl"))
        #expect(old.contains("0 new, 11 known, 0 waiting, 0 refused, 12 from before the chain's beginning here"))
        let text = try await desk.run("rate", "m1", "--period", "2026-10")
        #expect(text.contains("Records 1 to 12 of gateway gw-1, epoch 1, are not held here") && text.contains("10.00"))
        let again = try await desk.run("gateway", "begin", "gw-1", "--checkpoint", rest, code: 5)
        #expect(again.contains("begins behind record 12 and goes to 23 here already"))
    }

    @Test("a record may be stated by its numbers; the next checkpoint's signature then vouches for it")
    func stated() async throws {
        let desk = try await desk()
        let gateway = gateway()
        let record = gateway.records[4]
        let words = ["gateway", "begin", "gw-1", "--epoch", "1", "--seq", "5", "--hash"]
        let begun = try await desk.run(words + [record.hash])
        #expect(begun.contains("warning: no key of gateway gw-1 is trusted here"))
        try await desk.run("gateway", "trust", "gw-1", "--key", gateway.key.text)
        #expect(
            try await desk.run("ingest", desk.write(Array(gateway.lines[5...]), to: "rest.jsonl")).contains("18 new"))
        let other = try await self.desk()
        try await other.run(words + [gateway.records[5].hash, "--key", gateway.key.text])
        let wrong = try await other.run("ingest", other.write(Array(gateway.lines[5...]), to: "rest.jsonl"), code: 4)
        #expect(wrong.contains("wrong_link") || wrong.contains("conflict"), "\(wrong)")
        #expect(try await desk.run(words + ["12"], code: 64).contains("--hash is no hash"))
        #expect(try await desk.run("gateway", "begin", "gw-1", code: 64).contains("--checkpoint FILE, or all of"))
        #expect(
            try await desk.run("gateway", "begin", "gw-1", "--checkpoint", "/nowhere", code: 1).contains(
                "/nowhere cannot be read"))
        let none = try desk.write(Array(gateway.lines[..<5]), to: "none.jsonl")
        #expect(
            try await desk.run("gateway", "begin", "gw-1", "--checkpoint", none, code: 3).contains("no such checkpoint")
        )
    }

    @Test("only what lies behind the beginning is asked of the gateway again")
    func replay() async throws {
        let broker = try await Broker()
        let desk = try await Desk(broker: broker.port)
        let gateway = gateway()
        let text = try String(contentsOfFile: desk.folder.path("receiver.key"), encoding: .utf8)
        let key = try #require(SigningKey(text)?.verifying)
        let file = try desk.write(gateway.lines, to: "all.jsonl")
        try await desk.run("gateway", "begin", "gw-1", "--checkpoint", file, "--key", gateway.key.text)
        let double = try GatewayDouble(gateway, broker: broker.port, trusting: key)
        let consumer = try desk.start("consume")
        try await consumer.says("connected")
        double.publish(gateway.records.suffix(3))
        try await eventually("the hole is asked for") { double.resent >= 8 }
        try await until("all is there") {
            let answer = try await desk.ask(["status", "--json"])
            let chains = try JSONReader.read(answer.text.split(separator: "\n").last ?? "").items("chains")
            return chains.first?.integer("seq") == Int64(gateway.records.count)
        }
        kill(consumer.pid, SIGTERM)
        #expect(try await consumer.exit() == 0)
        #expect(double.requests.allSatisfy { $0.from > 12 })
        try double.close()
    }
}
