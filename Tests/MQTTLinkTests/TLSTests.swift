import FieldGateTesting
import FieldModel
import Foundation
import MQTTLink
import PeerTesting
import Testing

@Suite(
    "A TLS connection to mosquitto",
    .enabled("mosquitto or openssl is not installed") { Broker.isInstalled && Place.tool("openssl") != nil })
struct TLSTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    /// A broker that shows this certificate.
    private func broker(_ certificate: String = "server", _ more: String = "") async throws -> Broker {
        let made = try await Peer.run("\(Place.package)/Scripts/make-test-ca", [folder.path], in: folder)
        #expect(made.code == 0, "\(made.text)")
        return try await Broker(
            "cafile \(folder.path("ca.pem"))", "certfile \(folder.path("\(certificate).pem"))",
            "keyfile \(folder.path("\(certificate).key"))", more, in: folder)
    }

    private func tls(_ authority: String = "ca", client: String? = nil) -> BrokerSettings.TLS {
        BrokerSettings.TLS(
            authority: folder.path("\(authority).pem"), certificate: client.map { folder.path("\($0).pem") },
            key: client.map { folder.path("\($0).key") })
    }

    private func acknowledged(_ settings: BrokerSettings) throws {
        let session = try Session(settings)
        let token = try session.publish("x", to: "t")
        try session.until("the acknowledgement") { $0.codes[token] != nil }
    }

    @Test("is made to the broker's name and to its address", arguments: ["localhost", "127.0.0.1"])
    func connects(host: String) async throws {
        let broker = try await broker()
        try acknowledged(broker.settings(tls: tls(), host: host))
    }

    @Test("carries a burst in both directions without waiting for more to come")
    func burst() async throws {
        let broker = try await broker("server", "max_queued_messages 0")
        let session = try Session(broker.settings(tls: tls()))
        try session.subscribe(to: "echo")
        for round in 0..<10 {
            let before = session.events.messages.count
            for number in 0..<40 {
                _ = try session.publish("\(round * 40 + number) " + String(repeating: "x", count: 2000), to: "echo")
            }
            try session.until("the round comes back") { $0.messages.count == before + 40 }
        }
        let numbers = session.events.messages.compactMap { $0.split(separator: "|").last?.split(separator: " ").first }
        #expect(numbers == (0..<400).map { Substring(String($0)) })
    }

    @Test(
        "is refused, in words that name TLS, to a broker with",
        arguments: [
            ("a certificate of an unknown authority", "server", "wrong-ca"),
            ("an expired certificate", "expired", "ca"), ("a certificate for another name", "elsewhere", "ca"),
        ])
    func serverRefused(_ what: String, _ certificate: String, _ authority: String) async throws {
        let broker = try await broker(certificate)
        let words = try refusal(broker.settings(tls: tls(authority)))
        #expect(words.contains("TLS") && words.contains("127.0.0.1:\(broker.port)"))
        #expect(words.contains("certificate verify failed") || words.contains("host"), "\(words)")
    }

    @Test("is made where the broker asks for a certificate and there is one")
    func mutual() async throws {
        let broker = try await broker("server", "require_certificate true\nuse_identity_as_username true")
        try acknowledged(broker.settings(tls: tls(client: "client")))
    }

    @Test(
        "is refused to a gateway without a certificate, and to one of another authority", arguments: [nil, "stranger"])
    func clientRefused(client: String?) async throws {
        let broker = try await broker("server", "require_certificate true")
        let words = try refusal(broker.settings(tls: tls(client: client)))
        #expect(words.contains("127.0.0.1:\(broker.port)") && words.contains("TLS"), "\(words)")
    }

    @Test("is refused when one side speaks TLS and the other does not")
    func halfTLS() async throws {
        let broker = try await broker()
        #expect(try refusal(broker.settings()).contains("127.0.0.1:\(broker.port)"))
        let plain = try await Broker()
        #expect(try refusal(plain.settings(tls: tls())).contains("127.0.0.1:\(plain.port)"))
    }

    @Test("names the certificates when their files are not there or do not fit")
    func files() async throws {
        let broker = try await broker()
        #expect(try refusal(broker.settings(tls: tls("nowhere"))).contains("certificates"))
        var mixed = tls(client: "client")
        mixed.key = folder.path("stranger.key")
        let words = try refusal(broker.settings(tls: mixed))
        #expect(words.contains("key") || words.contains("TLS"), "\(words)")
    }
}
