import FieldGateTesting
import PeerTesting
import Testing

@Suite("The network around a gateway", .enabled(if: LinkRig.isRoot, LinkRig.needsRoot), .serialized)
struct NamespaceTests {
    private func namespaces(_ rig: LinkRig) async throws -> [Substring] {
        try await Peer.run("ip", ["netns", "list"], in: rig.folder).text.split(separator: "\n")
            .filter { $0.hasPrefix(rig.prefix) }
    }

    @Test("Up and down may be repeated, up mends what is half there, and down leaves nothing behind")
    func idempotent() async throws {
        try await LinkRig.with { rig in
            let first = try await rig.fieldsim("net", "status", "--prefix", rig.prefix)
            #expect(try await rig.fieldsim("net", "up", "--prefix", rig.prefix) == first)

            _ = try await Peer.run("ip", ["netns", "del", "\(rig.prefix)-cloud"], in: rig.folder)
            _ = try await Peer.run("ip", ["-n", "\(rig.prefix)-gateway", "link", "del", "wwan1"], in: rig.folder)
            #expect(try await rig.fieldsim("net", "status", "--prefix", rig.prefix).contains("\"partial\""))
            try await rig.fieldsim("net", "up", "--prefix", rig.prefix)
            #expect(try await rig.fieldsim("net", "status", "--prefix", rig.prefix).contains("\"up\""))

            _ = try await Peer.run("ip", ["netns", "del", "\(rig.prefix)-machine"], in: rig.folder)
            try await rig.fieldsim("net", "down", "--prefix", rig.prefix)
            #expect(try await namespaces(rig).isEmpty)
            try await rig.fieldsim("net", "down", "--prefix", rig.prefix)
        }
    }

    @Test("The gateway prefers the first modem, and exec takes a namespace by its role")
    func routes() async throws {
        try await LinkRig.with { rig in
            let text = try await rig.fieldsim("net", "exec", "--prefix", rig.prefix, "gateway", "--", "ip", "route")
            #expect(text.contains("default via 10.64.0.1 dev wwan0 metric 100"))
            #expect(text.contains("default via 10.64.1.1 dev wwan1 metric 200"))
        }
    }

    @Test("A link without its network says what to do")
    func noNetwork() async throws {
        let folder = try TemporaryFolder()
        let result = try await Peer.run(
            Place.product("fieldsim"), ["link", "--prefix", "nowhere", "--path", "a=clean"], in: folder)
        #expect(result.code == 1)
        #expect(result.text.contains("nowhere-gateway") && result.text.contains("fieldsim net up"))
    }
}
