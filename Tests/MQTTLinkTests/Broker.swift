import FieldModel
import Foundation
import MQTTLink
import PeerTesting
import Platform
import Testing

/// A mosquitto of the test's own, on a port of its own.
struct Broker {
    static var isInstalled: Bool { Place.tool("mosquitto") != nil && Place.tool("mosquitto_sub") != nil }

    let port: UInt16
    let process: Peer
    let folder: TemporaryFolder

    /// `lines` are further ones of its configuration.
    init(_ lines: String..., anonymous: Bool = true, in folder: TemporaryFolder? = nil) async throws {
        let folder = try folder ?? TemporaryFolder()
        self.folder = folder
        port = try LoopbackSocket.freePort()
        // As root it would become another user, who may not read the test's files.
        let text = """
            user \(NSUserName())
            listener \(port) 127.0.0.1
            allow_anonymous \(anonymous)
            log_dest stderr
            log_type all
            \(lines.joined(separator: "\n"))

            """
        process = try Peer("mosquitto", ["-c", folder.write(text, to: "broker-\(port).conf")], in: folder)
        try await process.says("running")
    }

    func settings(
        tls: BrokerSettings.TLS? = nil, host: String = "127.0.0.1", username: String? = nil, password: String? = nil,
        client: String = "gateway-\(UInt32.random(in: 0...UInt32.max))"
    ) -> BrokerSettings {
        BrokerSettings(
            host: host, port: port, tls: tls, username: username, password: password, clientID: client,
            keepAlive: .seconds(30), window: 50, sessionExpiry: .seconds(3600))
    }

    /// mosquitto_sub, once it has subscribed. It prints topic, retain flag and payload.
    func subscriber(_ filter: String) async throws -> Peer {
        let name = "reader-\(UInt32.random(in: 0...UInt32.max))"
        let peer = try Peer(
            "mosquitto_sub", ["-p", "\(port)", "-i", name, "-q", "1", "-F", "<%t|%r|%p>", "-t", filter], in: folder)
        try await process.says("Sending SUBACK to \(name)")
        return peer
    }

    func publish(_ topic: String, _ payload: String, retained: Bool = false) async throws {
        let flags = retained ? ["-r"] : []
        let result = try await Peer.run(
            "mosquitto_pub", ["-p", "\(port)", "-q", "1", "-t", topic, "-m", payload] + flags, in: folder)
        #expect(result.code == 0, "\(result.text)")
    }
}

/// A connection on an event loop that the test turns.
final class Session {
    let connection: MQTTConnection
    private(set) var events: [MQTTEvent] = []
    private let loop: EventLoop

    init(_ settings: BrokerSettings, will: String = "gone", time: any TimeSource = SystemTime(source: .system)) throws {
        let connector = MQTTConnector(settings, will: ("fg/v1/g/status", Array(will.utf8)), time: time)
        connection = try connector.connect()
        loop = try EventLoop(time: SystemTime(source: .system))
        loop.add(connection)
    }

    struct InVain: Error {
        var what: String
        var events: [MQTTEvent]
    }

    /// Turns the loop until what has come satisfies.
    func until(_ what: String, _ isEnough: ([MQTTEvent]) -> Bool) throws {
        let deadline = SystemTime(source: .system).now() + .seconds(60)
        var done = false
        loop.run { now in
            events += connection.takeEvents()
            done = isEnough(events)
            return !done && now < deadline
        }
        guard done else { throw InVain(what: what, events: events) }
    }

    func publish(_ text: String, to topic: String, retain: Bool = false) throws -> Int32 {
        let bytes = Array(text.utf8)
        return try bytes.withUnsafeBytes { try connection.publish($0, to: topic, retain: retain) }
    }

    /// Subscribes, and waits until the broker knows: its answer comes before the acknowledgement of what follows.
    func subscribe(to filter: String) throws {
        connection.subscribe(to: filter)
        let token = try publish("?", to: "probe/\(UInt32.random(in: 0...UInt32.max))")
        try until("the subscription") { $0.codes[token] != nil }
    }
}

extension [MQTTEvent] {
    /// Topic, payload and retain flag of the messages.
    var messages: [String] {
        compactMap { event in
            guard case .message(let topic, let payload, let retained) = event else { return nil }
            return "\(topic)|\(retained ? 1 : 0)|\(String(decoding: payload, as: UTF8.self))"
        }
    }

    /// The acknowledgements' codes by token.
    var codes: [Int32: Int32] {
        var codes: [Int32: Int32] = [:]
        for case .acknowledged(let token, let code) in self { codes[token] = code }
        return codes
    }

    var loss: String? {
        for case .lost(let reason) in self { return reason }
        return nil
    }
}

/// Why a connection was not made.
func refusal(_ settings: BrokerSettings, time: any TimeSource = SystemTime(source: .system)) throws -> String {
    let connector = MQTTConnector(settings, will: ("fg/v1/g/status", []), time: time)
    do throws(ConnectFault) {
        _ = try connector.connect()
        Issue.record("the connection was made")
        return ""
    } catch {
        return error.detail
    }
}
