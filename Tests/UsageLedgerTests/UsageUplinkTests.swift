import FieldGateTesting
import FieldModel
import Foundation
import PeerTesting
import Signing
import Testing
import UsageWire

@Suite(
    "Usage records on their way to the platform",
    .enabled("mosquitto is not installed") { Place.tool("mosquitto") != nil && Place.tool("mosquitto_sub") != nil })
struct UsageUplinkTests {
    private let folder: TemporaryFolder
    private let port: UInt16
    private let broker: Peer

    init() async throws {
        folder = try TemporaryFolder()
        port = try LoopbackSocket.freePort()
        let text =
            "user \(NSUserName())\nlistener \(port) 127.0.0.1\nallow_anonymous true\nlog_dest stderr\nlog_type all\n"
        broker = try Peer("mosquitto", ["-c", folder.write(text, to: "broker.conf")], in: folder)
        try await broker.says("running")
    }

    private func subscriber(_ filter: String) async throws -> Peer {
        let peer = try Peer(
            "mosquitto_sub", ["-p", "\(port)", "-i", "receiver", "-q", "1", "-F", "%p", "-t", filter], in: folder)
        try await broker.says("Sending SUBACK to receiver")
        return peer
    }

    private func say(_ document: [UInt8], to topic: String) async throws {
        let text = String(decoding: document, as: UTF8.self)
        let result = try await Peer.run(
            "mosquitto_pub", ["-p", "\(port)", "-q", "1", "-t", topic, "-m", text], in: folder)
        #expect(result.code == 0, "\(result.text)")
    }

    private func heard(_ subscriber: Peer) -> [UsageRecord] {
        subscriber.text.split(separator: "\n").compactMap { try? UsageRecord(UsageEnvelope.record(in: Array($0.utf8))) }
    }

    @Test("arrive as they were sealed; the receiver moves the cursor, and has any of them again, if it is the receiver")
    func receiver() async throws {
        let key = SigningKey()
        let site = try LedgerSite(broker: port, receiver: key.verifying)
        try await site.fill(100)
        let listener = try await subscriber("fg/v1/loader-0001/usage")
        let gateway = try Peer(Place.product("fieldgate"), ["run", "--config", site.config], in: site.folder)
        try await eventually("every record arrives") { heard(listener).count >= 102 }
        let records = try site.records()
        #expect(heard(listener).map(\.sequence) == Array(1...102) && heard(listener) == records)
        #expect(listener.text.contains("\"replayed\":true,\"schema\":\"fg.ur/1\"}"))

        var request = UsageReplayRequest(gateway: LedgerSite.gateway, epoch: 1, from: 5, through: 90)
        try await say(request.document(signedBy: SigningKey()), to: "fg/v1/loader-0001/usage/replay")
        try await gateway.says("a request for usage records does not count")
        try await say(request.document(signedBy: key), to: "fg/v1/loader-0001/usage/replay")
        try await eventually("they come again") { heard(listener).count >= 102 + 86 }
        #expect(heard(listener).dropFirst(102).map(\.sequence) == Array(5...90))
        request.epoch = 9
        try await say(request.document(signedBy: key), to: "fg/v1/loader-0001/usage/replay")
        try await gateway.says("usage records of another epoch")

        let receipt = UsageReceipt(gateway: LedgerSite.gateway, epoch: 1, sequence: 102, hash: records[101].hash)
        try await say(receipt.document(signedBy: nil), to: "fg/v1/loader-0001/usage/ack")
        try await gateway.says("an acknowledgement of usage records does not count")
        try await say(receipt.document(signedBy: key), to: "fg/v1/loader-0001/usage/ack")
        try await eventually("the receipt is stored") { (try? site.acknowledged()) == 102 }
        let strange = UsageReceipt(gateway: LedgerSite.gateway, epoch: 4, sequence: 1, hash: records[0].hash)
        try await say(strange.document(signedBy: key), to: "fg/v1/loader-0001/usage/ack")
        try await gateway.says("next start begins a new epoch")
        gateway.kill()
        let again = try Peer(Place.product("fieldgate"), ["run", "--config", site.config], in: site.folder)
        try await again.says("gateway started")
        #expect(again.text.contains("\"epoch\":\"5\"") || again.text.contains("epoch=5"), "\(again.text)")
        again.kill()
    }
}
