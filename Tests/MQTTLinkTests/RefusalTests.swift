import FieldGateTesting
import FieldModel
import Foundation
import Glibc
import MQTTLink
import PeerTesting
import Platform
import Synchronization
import Testing

@Suite("A gateway that is not let in")
struct RefusalTests {
    private func settings(port: UInt16, host: String = "127.0.0.1") -> BrokerSettings {
        BrokerSettings(
            host: host, port: port, tls: nil, username: nil, password: nil, clientID: "g", keepAlive: .seconds(30),
            window: 50, sessionExpiry: .seconds(60))
    }

    @Test("hears that it is not authorised", .enabled("mosquitto is not installed") { Broker.isInstalled })
    func credentials() async throws {
        let folder = try TemporaryFolder()
        let file = folder.path("passwords")
        let made = try await Peer.run("mosquitto_passwd", ["-b", "-c", file, "gateway", "secret"], in: folder)
        #expect(made.code == 0)
        let broker = try await Broker("password_file \(file)", anonymous: false, in: folder)
        for (name, password) in [(nil, nil), ("gateway", "wrong"), ("nobody", "secret")] as [(String?, String?)] {
            let words = try refusal(broker.settings(username: name, password: password))
            #expect(words == "127.0.0.1:\(broker.port) refuses this gateway: Not authorized")
        }
        let session = try Session(broker.settings(username: "gateway", password: "secret"))
        _ = try session.publish("x", to: "t")
        try session.until("the acknowledgement") { $0.codes.count == 1 }
    }

    @Test("hears that nobody listens")
    func closedPort() throws {
        let port = try LoopbackSocket.freePort()
        #expect(try refusal(settings(port: port)) == "127.0.0.1:\(port): Connection refused")
    }

    @Test("hears that the name cannot be resolved")
    func noSuchName() throws {
        // Longer than any label may be (RFC 1035, 2.3.4): no resolver needs to ask another for it.
        let name = String(repeating: "a", count: 80)
        let words = try refusal(settings(port: 1883, host: name))
        #expect(words.hasPrefix("the name '\(name)' cannot be resolved"))
    }

    /// A clock on which every look takes a second.
    private final class HastyTime: TimeSource {
        private let looks = Mutex<Int64>(0)
        func now() -> Instant {
            looks.withLock { looks in
                looks += 1
                return Instant(nanoseconds: looks * 1_000_000_000)
            }
        }
        func utc() -> Timestamp { Timestamp(microseconds: 0) }
        func clockQuality() -> Timestamp.ClockQuality { .synced }
    }

    @Test("gives up on one that takes the connection and says nothing, with and without TLS", arguments: [false, true])
    func silent(tls: Bool) throws {
        let (listener, port) = try LoopbackSocket.listen()
        defer { close(listener) }
        var settings = settings(port: port)
        if tls { settings.tls = BrokerSettings.TLS(authority: nil, certificate: nil, key: nil) }
        let words = try refusal(settings, time: HastyTime())
        #expect(words == "127.0.0.1:\(port) takes the connection, but does not answer as an MQTT broker")
    }

    @Test(
        "names the place of one that answers with something else",
        arguments: [
            Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8), Array("SSH-2.0-OpenSSH_9.2p1\r\n".utf8),
            [UInt8](repeating: 0xFF, count: 600), [UInt8](repeating: 0, count: 64),
            // CONNACK: of no bytes, of too many, with a reason MQTT does not have, with properties that lie.
            [0x20, 0x00], [0x20, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F], [0x20, 0x03, 0x00, 0x7F, 0x00],
            [0x20, 0x05, 0x00, 0x00, 0x7F, 0x21, 0x00],
            // PUBLISH and PUBACK before CONNACK.
            [0x30, 0x05, 0x00, 0x01, 0x61, 0x00, 0x62, 0x40, 0x02, 0x00, 0x01],
        ])
    func garbage(bytes: [UInt8]) throws {
        let server = try ParrotServer(bytes)
        for tls in [false, true] {
            var settings = settings(port: server.port)
            if tls { settings.tls = BrokerSettings.TLS(authority: nil, certificate: nil, key: nil) }
            #expect(try refusal(settings, time: HastyTime()).contains("127.0.0.1:\(server.port)"))
        }
    }
}

/// Says the same to everybody who connects.
final class ParrotServer: Sendable {
    let port: UInt16
    private let stopping = Flag()
    private let thread: OwnerThread

    init(_ bytes: [UInt8]) throws {
        let (listener, port) = try LoopbackSocket.listen()
        self.port = port
        let stopping = self.stopping
        thread = try OwnerThread(name: "parrot") {
            var clients: [Int32] = []
            while !stopping.load() {
                var watch = pollfd(fd: listener, events: Int16(POLLIN), revents: 0)
                guard poll(&watch, 1, 20) > 0 else { continue }
                let client = accept(listener, nil, nil)
                _ = send(client, bytes, bytes.count, Int32(MSG_NOSIGNAL))
                clients.append(client)
            }
            for descriptor in clients + [listener] { close(descriptor) }
        }
    }

    deinit {
        stopping.store(true)
        thread.join()
    }
}
