import FieldModel
import Foundation
import PeerTesting

/// A mosquitto of the test's own.
struct TestBroker {
    let port: UInt16
    let process: Peer
    let folder: TemporaryFolder

    init() async throws {
        folder = try TemporaryFolder()
        port = try LoopbackSocket.freePort()
        let text = "user \(NSUserName())\nlistener \(port) 127.0.0.1\nallow_anonymous true\nlog_dest stderr\n"
        process = try Peer("mosquitto", ["-c", folder.write(text, to: "broker.conf")], in: folder)
        try await process.says("running")
    }

    func settings() -> BrokerSettings {
        BrokerSettings(
            host: "127.0.0.1", port: port, tls: nil, username: nil, password: nil,
            clientID: "test-\(UInt32.random(in: 0...UInt32.max))", keepAlive: .seconds(5), window: 20,
            sessionExpiry: .zero)
    }
}
