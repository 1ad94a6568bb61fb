import FieldGateTesting
import PeerTesting
import SimulatedModem
import Testing

/// The simulator before a judge that nobody here wrote: ModemManager 1.20's own daemon, as D-Bus shows its view.
@Suite("ModemManager", .serialized)
struct ModemManagerTests {
    private func connected(_ personality: String, plugin: String) async throws -> ModemManagerPeer {
        if let missing = ModemManagerPeer.missing { throw Missing(program: missing) }
        let peer = try await ModemManagerPeer(personality: personality)
        // In 5G the daemon asks once and is told nothing later: it enables no reports of C5GREG.
        try await eventually("the modem registers") {
            try peer.tell("status").contains(#""registration":"registered""#)
        }
        try await peer.plugIn(plugin: plugin)
        let enabled = try await peer.mmcli("-m", "any", "--enable")
        #expect(enabled.code == 0, "\(enabled.text)")
        try await peer.eventually { $0.contains("\"registration-state\":\"home\"") }
        try await connect(peer)
        return peer
    }

    private func connect(_ peer: ModemManagerPeer) async throws {
        let reply = try await peer.mmcli("-m", "any", "--simple-connect=apn=internet,ip-type=ipv4v6")
        #expect(reply.code == 0, "\(reply.text)")
        try await peer.eventually { $0.contains("\"state\":\"connected\"") }
        #expect(try peer.tell("status").contains(#""session":true"#))
    }

    @Test(
        "finds each personality, registers it and brings a bearer up",
        arguments: [
            ("quectel-sa", "generic"), ("quectel-nsa", "quectel"), ("generic", "generic"), ("unisoc", "generic"),
        ])
    func bearer(personality: String, plugin: String) async throws {
        let peer = try await connected(personality, plugin: plugin)
        let shown = try await peer.modem()
        #expect(shown.contains("\"operator-code\":\"00101\""))
        #expect(shown.contains("\"operator-name\":\"Test Mobile\""))
        #expect(shown.contains("\"plugin\":\"\(plugin)\""))
        let bearer = try await peer.mmcli("-b", "0", "-J").text
        #expect(bearer.contains("\"connected\":\"yes\"") && bearer.contains("\"apn\":\"internet\""))
        // Plain AT ports carry data over PPP.
        #expect(bearer.contains("\"method\":\"ppp\""))
        let card = try await peer.mmcli("-i", "0", "-J").text
        #expect(card.contains("\"iccid\":\"89999010000000000018\"") && card.contains("\"imsi\":\"001010000000001\""))
    }

    @Test("sees the network deny the modem and take it back, and connects again")
    func lossAndRecovery() async throws {
        let peer = try await connected("quectel-nsa", plugin: "quectel")
        _ = try peer.tell("deny emm 7")
        try await peer.eventually { $0.contains("\"registration-state\":\"denied\"") }
        #expect(try peer.tell("status").contains(#""session":false"#))
        // With PPP the daemon keeps its bearer, whatever the network says: the host has to let go of it.
        #expect(try await peer.mmcli("-b", "0", "-J").text.contains("\"connected\":\"yes\""))
        let released = try await peer.mmcli("-m", "any", "--simple-disconnect")
        #expect(released.code == 0, "\(released.text)")
        try await peer.eventually { !$0.contains("\"state\":\"connected\"") }
        _ = try peer.tell("deny none")
        try await peer.eventually { $0.contains("\"registration-state\":\"home\"") }
        try await connect(peer)
        #expect(peer.log.contains("+CGEV: NW PDN DEACT 1"))
    }

    private struct Missing: Error, CustomStringConvertible {
        var program: String
        var description: String {
            "'\(program)' is not installed, and this test talks to it; Scripts/install-packages test installs it"
        }
    }
}
