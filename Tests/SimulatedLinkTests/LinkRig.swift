import FieldGateTesting
import Foundation
import Glibc
import PeerTesting
import SimulatorKit
import Testing

/// Namespaces of a test's own and a link between them.
final class LinkRig {
    static let isRoot = geteuid() == 0
    static let needsRoot: Comment = "needs root: it makes network namespaces"

    let prefix: String
    let folder: TemporaryFolder
    private(set) var link: Peer?
    var control: String { folder.path("link.sock") }

    private init() throws {
        prefix = "t\(UInt32.random(in: 0...UInt32.max))"
        folder = try TemporaryFolder()
    }

    /// Builds the network, starts a link unless there are no profiles, and takes all away afterwards.
    static func with(
        _ profiles: [String] = [], _ options: [String] = [], _ body: (LinkRig) async throws -> Void
    ) async throws {
        let rig = try LinkRig()
        do {
            try await rig.fieldsim("net", "up", "--prefix", rig.prefix)
            if !profiles.isEmpty { try await rig.startLink(profiles, options) }
            try await body(rig)
        } catch {
            rig.link?.kill()
            try await rig.fieldsim("net", "down", "--prefix", rig.prefix)
            throw error
        }
        rig.link?.kill()
        try await rig.fieldsim("net", "down", "--prefix", rig.prefix)
    }

    @discardableResult
    func fieldsim(_ arguments: String...) async throws -> String {
        let result = try await Peer.run(Place.product("fieldsim"), arguments, in: folder)
        guard result.code == 0 else { throw Failed(words: arguments, output: result.text) }
        return result.text
    }

    /// Runs a command to its end in a namespace; its code and its words.
    @discardableResult
    func run(in role: String, _ words: String...) async throws -> (code: Int32, text: String) {
        try await Peer.run("ip", ["netns", "exec", "\(prefix)-\(role)"] + words, in: folder)
    }

    func start(in role: String, _ words: String...) throws -> Peer {
        try Peer("ip", ["netns", "exec", "\(prefix)-\(role)"] + words, in: folder)
    }

    /// A reply of the control socket; it must be ok.
    @discardableResult
    func tell(_ command: String) throws -> [String: Any] {
        let reply = try ControlCall.send(command, to: control)
        let value = try #require(try JSONSerialization.jsonObject(with: Data(reply.utf8)) as? [String: Any])
        guard value["ok"] as? Bool == true else { throw Failed(words: [command], output: reply) }
        return value
    }

    /// A number of the statistics, such as paths.a.up.offered.bytes.
    func number(_ path: String, in reply: [String: Any]) throws -> Int {
        var value: Any = reply
        for name in path.split(separator: ".") {
            value = try #require((value as? [String: Any])?[String(name)], "\(path)")
        }
        return try #require(value as? Int, "\(path)")
    }

    /// A counter of the kernel's, of a device in a namespace.
    func kernel(_ role: String, _ device: String, _ counter: String) async throws -> Int {
        let text = try await run(in: role, "cat", "/sys/class/net/\(device)/statistics/\(counter)").text
        return try #require(Int(text.split(separator: "\n").first ?? ""))
    }

    private func startLink(_ profiles: [String], _ options: [String]) async throws {
        let paths = profiles.flatMap { ["--path", $0] }
        let link = try Peer(
            Place.product("fieldsim"), ["link", "--prefix", prefix, "--control", control] + paths + options, in: folder)
        self.link = link
        try await link.says("ready")
    }

    struct Failed: Error, CustomStringConvertible {
        let words: [String]
        let output: String
        var description: String { "\(words.joined(separator: " ")): \(output)" }
    }
}
