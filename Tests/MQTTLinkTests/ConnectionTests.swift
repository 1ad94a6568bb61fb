import FieldGateTesting
import FieldModel
import Foundation
import MQTTLink
import PeerTesting
import Testing

@Suite("A connection to mosquitto", .enabled("mosquitto is not installed") { Broker.isInstalled })
struct ConnectionTests {
    @Test("publishes, and every message is acknowledged and arrives in order")
    func publish() async throws {
        let broker = try await Broker()
        let reader = try await broker.subscriber("fg/#")
        let session = try Session(broker.settings())
        let tokens = try (0..<100).map { try session.publish("row \($0) ü", to: "fg/v1/g/tele/d") }
        #expect(Set(tokens).count == 100)
        try session.until("the acknowledgements") { $0.codes.count == 100 }
        #expect(tokens.allSatisfy { session.events.codes[$0] == 0 })
        try await reader.says("row 99 ü")
        let rows = reader.text.split(separator: "\n").filter { $0.hasPrefix("<") }
        #expect(rows == (0..<100).map { "<fg/v1/g/tele/d|0|row \($0) ü>" })
    }

    @Test("tells of a message that nobody has subscribed to with 0x10, and of a denied one with 0x87")
    func codes() async throws {
        let folder = try TemporaryFolder()
        let list = try folder.write("topic write allowed/#\ntopic read #\n", to: "acl")
        let broker = try await Broker("acl_file \(list)", in: folder)
        let session = try Session(broker.settings())
        let lonely = try session.publish("x", to: "allowed/nobody")
        let denied = try session.publish("x", to: "denied")
        try session.until("both acknowledgements") { $0.codes.count == 2 }
        #expect(session.events.codes == [lonely: 0x10, denied: 0x87])
    }

    @Test("leaves its Will when it is cut off, retained, and none when it takes its leave")
    func will() async throws {
        let broker = try await Broker()
        let reader = try await broker.subscriber("fg/v1/g/status")
        let polite = try Session(broker.settings(), will: "must not be seen")
        polite.connection.disconnect()
        var lost: Session? = try Session(broker.settings(), will: "lost")
        try lost?.subscribe(to: "x")
        // Closes the socket without a DISCONNECT packet, as the end of the process does.
        lost = nil
        try await reader.says("<fg/v1/g/status|0|lost>")
        #expect(!reader.text.contains("must not be seen"))
        let later = try await broker.subscriber("fg/v1/g/status")
        try await later.says("<fg/v1/g/status|1|lost>")
    }

    @Test("sees on a message whether it was retained, from the store and live")
    func retained() async throws {
        let broker = try await Broker()
        try await broker.publish("cmd/stored", "old", retained: true)
        let session = try Session(broker.settings())
        try session.subscribe(to: "cmd/+")
        try await broker.publish("cmd/live", "1")
        try await broker.publish("cmd/kept", "2", retained: true)
        try session.until("three messages") { $0.messages.count == 3 }
        #expect(session.events.messages == ["cmd/stored|1|old", "cmd/live|0|1", "cmd/kept|1|2"])
    }

    @Test("gets what was sent to its session while it was away")
    func sessionIsKept() async throws {
        let broker = try await Broker()
        let settings = broker.settings(client: "keeper")
        var session = try Session(settings)
        try session.subscribe(to: "cmd/+")
        session.connection.disconnect()
        for number in 0..<5 { try await broker.publish("cmd/d", "\(number)") }
        session = try Session(settings)
        try session.until("five messages") { $0.messages.count == 5 }
        #expect(session.events.messages == (0..<5).map { "cmd/d|0|\($0)" })
    }

    @Test("honours how many messages the broker lets be outstanding, and how large they may be")
    func limits() async throws {
        let broker = try await Broker("max_inflight_messages 7", "max_packet_size 300")
        let session = try Session(broker.settings())
        #expect(session.connection.receiveMaximum == 7)
        #expect(throws: PublishFault.tooLarge(300)) {
            try session.publish(String(repeating: "x", count: 300), to: "t")
        }
        let tokens = try (0..<7).map { _ in try session.publish(String(repeating: "x", count: 250), to: "t") }
        try session.until("the acknowledgements") { $0.codes.count == 7 }
        #expect(Set(session.events.codes.keys) == Set(tokens))
    }

    @Test("reports its loss once when the broker dies, and publishes no more")
    func brokerDies() async throws {
        let broker = try await Broker()
        let session = try Session(broker.settings())
        _ = try session.publish("x", to: "t")
        try session.until("the acknowledgement") { $0.codes.count == 1 }
        broker.process.kill()
        try session.until("the loss") { $0.loss != nil }
        #expect(session.events.loss?.isEmpty == false)
        #expect(throws: PublishFault.self) { try session.publish("y", to: "t") }
        #expect(session.connection.descriptor == -1 && session.connection.deadline == nil)
        #expect(session.connection.takeEvents().isEmpty)
    }

    @Test("is lost to another client of the same name")
    func takenOver() async throws {
        let broker = try await Broker()
        let first = try Session(broker.settings(client: "twin"))
        let second = try Session(broker.settings(client: "twin"))
        try first.until("the loss") { $0.loss != nil }
        #expect(first.events.loss?.contains("another client") == true)
        _ = try second.publish("x", to: "t")
        try second.until("the acknowledgement") { $0.codes.count == 1 }
    }
}
