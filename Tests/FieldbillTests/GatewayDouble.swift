import BillTesting
import FieldModel
import Foundation
import MQTTLink
import PeerTesting
import Platform
import Signing
import UsageWire

/// A mosquitto of the test's own, on a port of its own.
struct Broker {
    let port: UInt16
    private let process: Peer
    private let folder: TemporaryFolder

    init() async throws {
        folder = try TemporaryFolder()
        port = try LoopbackSocket.freePort()
        // As root it would become another user, who may not read the test's files.
        let text =
            "user \(NSUserName())\nlistener \(port) 127.0.0.1\nallow_anonymous true\nlog_dest stderr\nlog_type all\n"
        process = try Peer("mosquitto", ["-c", folder.write(text, to: "broker.conf")], in: folder)
        try await process.says("running")
    }
}

/// A gateway's side of the conversation, as the protocol has it: it publishes, checks the desk's signatures, and sends
/// again what it is asked for.
final class GatewayDouble: Sendable {
    private struct State {
        var outgoing: [[UInt8]] = []
        /// Numbers to send again: asked for twice, sent once.
        var wanted: Set<UInt64> = []
        var receipts: [UsageReceipt] = []
        var requests: [UsageReplayRequest] = []
        var badDocuments = 0
        var resent = 0
        var sent = 0
        var acknowledged = 0
        var isOver = false
    }

    private let state = Monitor(State())
    private let records: [UsageRecord]
    private let wake: @Sendable () -> Void
    private let thread: OwnerThread
    private let topic: String

    var receipts: [UsageReceipt] { state.withLock { $0.receipts } }
    var requests: [UsageReplayRequest] { state.withLock { $0.requests } }
    var badDocuments: Int { state.withLock { $0.badDocuments } }
    var resent: Int { state.withLock { $0.resent } }
    /// Handed to the broker, and acknowledged by it.
    var sent: Int { state.withLock { $0.sent } }
    var acknowledged: Int { state.withLock { $0.acknowledged } }

    init(_ gateway: TestGateway, broker: UInt16, trusting key: VerifyingKey) throws {
        records = gateway.records
        topic = "fg/v1/\(gateway.name)/usage"
        let settings = BrokerSettings(
            host: "127.0.0.1", port: broker, tls: nil, username: nil, password: nil, clientID: gateway.name,
            keepAlive: .seconds(30), window: 50, sessionExpiry: .seconds(3600))
        let time = SystemTime(source: .system)
        let made = try EventLoop(time: time)
        wake = made.wakeUp
        let carried = Handoff(made)
        let (state, records, topic) = (self.state, self.records, self.topic)
        thread = try OwnerThread(name: "gateway") {
            let loop = carried.take()
            guard let connection = try? MQTTConnector(settings, will: nil, time: time).connect() else { return }
            loop.add(connection)
            connection.subscribe(to: topic + "/ack")
            connection.subscribe(to: topic + "/replay")
            loop.run { _ in
                for event in connection.takeEvents() { Self.handle(event, topic, key, records, state) }
                let batch = state.withLock { state -> [[UInt8]] in
                    let room = max(0, 50 - (state.sent - state.acknowledged))
                    let again = state.wanted.sorted().prefix(room)
                    state.wanted.subtract(again)
                    state.resent += again.count
                    let fresh = state.outgoing.prefix(room - again.count)
                    state.outgoing.removeFirst(fresh.count)
                    return again.map { UsageEnvelope.bytes(records[Int($0) - 1].bytes, replayed: true) } + fresh
                }
                for payload in batch {
                    _ = payload.withUnsafeBytes { try? connection.publish($0, to: topic, retain: false) }
                }
                return state.withLock { state in
                    state.sent += batch.count
                    return !state.isOver
                }
            }
            connection.disconnect()
        }
    }

    func publish(_ records: some Sequence<UsageRecord>) {
        let payloads = records.map { UsageEnvelope.bytes($0.bytes, replayed: false) }
        state.withLock { $0.outgoing += payloads }
        wake()
    }

    func publish(text: String) {
        state.withLock { $0.outgoing.append(Array(text.utf8)) }
        wake()
    }

    func close() throws {
        state.withLock { $0.isOver = true }
        wake()
        thread.join()
    }

    private static func handle(
        _ event: MQTTEvent, _ topic: String, _ key: VerifyingKey, _ records: [UsageRecord], _ state: Monitor<State>
    ) {
        switch event {
        case .acknowledged: state.withLock { $0.acknowledged += 1 }
        case .message(topic + "/ack", let payload, _):
            let receipt = try? UsageReceipt(document: payload, key: key)
            state.withLock { state in
                if let receipt { state.receipts.append(receipt) } else { state.badDocuments += 1 }
            }
        case .message(topic + "/replay", let payload, _):
            guard let request = try? UsageReplayRequest(document: payload, key: key) else {
                return state.withLock { $0.badDocuments += 1 }
            }
            state.withLock { state in
                state.requests.append(request)
                guard request.from <= UInt64(records.count) else { return }
                state.wanted.formUnion(request.from...min(request.through, UInt64(records.count)))
            }
        default: break
        }
    }
}
