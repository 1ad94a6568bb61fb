import CSystem
import FieldGateTesting
import FieldModel
import Foundation
import KernelNet
import PeerTesting
import Testing

/// A network namespace of the test's own with two "modems" and a camera network, and a `fieldgate-netd` in it.
final class Laboratory {
    let folder: TemporaryFolder
    let name: String
    private(set) var daemon: Peer?
    private let arguments: [String]

    /// Devices wwan0 (10.77.0.2/24) and wwan1 (10.78.0.2/24) with far ends in a namespace `name`f; cam0 (192.168.7.1/24)
    /// with a camera in namespace `name`c.
    init(netd arguments: [String] = ["--allow-user", "0"]) throws {
        guard geteuid() == 0 else { throw NeedsRoot() }
        folder = try TemporaryFolder()
        name = "fgk\(UUID().uuidString.prefix(8).lowercased())"
        self.arguments = arguments
        for suffix in ["", "f", "c"] { try ip("netns add \(name)\(suffix)") }
        try pair("wwan0", "10.77.0.2/24", far: "f", "modem0", "10.77.0.1/24")
        try pair("wwan1", "10.78.0.2/24", far: "f", "modem1", "10.78.0.1/24")
        try pair("cam0", "192.168.7.1/24", far: "c", "eth0", "192.168.7.20/24")
        try ip("-n \(name)c route add default via 192.168.7.1")
        try ip("-n \(name)f addr add 203.0.113.1/32 dev lo")
        try ip("-n \(name)f link set lo up")
    }

    deinit {
        daemon?.kill()
        for suffix in ["", "f", "c"] { _ = try? ip("netns del \(name)\(suffix)") }
    }

    struct NeedsRoot: Error, CustomStringConvertible {
        var description: String { "this test makes network namespaces: run it as root" }
    }

    struct Failed: Error, CustomStringConvertible {
        var description: String
    }

    var socket: String { folder.path("netd.sock") }

    let plan = NetworkPlan(
        paths: [
            .init(id: "first", device: "wwan0", gateway: "10.77.0.1", table: 101, rate: .megabits(20)),
            .init(id: "second", device: "wwan1", gateway: "10.78.0.1", table: 102, rate: .megabits(5)),
        ],
        cameras: [.init(id: "gate", address: "192.168.7.20", limit: .megabits(2))], cameraDevice: "cam0",
        bulkPath: "first")

    func start(_ more: [String] = []) async throws {
        let netd = [
            "netns", "exec", name, Place.product("fieldgate-netd"), "--socket", socket, "--state", folder.path("state"),
        ]
        daemon = try Peer("ip", netd + ["--device", "wwan*", "--device", "cam0"] + arguments + more, in: folder)
        try await daemon?.says("serving")
    }

    func stop(_ signal: Int32 = SIGTERM) async throws {
        guard let daemon else { return }
        kill(daemon.pid, signal)
        _ = try await daemon.exit()
        self.daemon = nil
    }

    var helper: NetworkHelper { NetworkHelper(path: socket) }

    /// Runs a shell line in the namespace (or that with a suffix), to its end; its output.
    @discardableResult
    func sh(_ line: String, in suffix: String = "") throws -> String {
        try Self.run(["/usr/sbin/ip", "netns", "exec", name + suffix, "sh", "-c", line])
    }

    @discardableResult
    func ip(_ words: String) throws -> String {
        try Self.run(["/usr/sbin/ip"] + words.split(separator: " ").map(String.init))
    }

    /// Everything the daemon could have left.
    func traces() throws -> String {
        try sh(
            "ip rule; ip route show table all proto 70; tc qdisc show; nft list ruleset; sysctl -n net.ipv4.ip_forward net.ipv4.conf.wwan0.rp_filter"
        )
    }

    /// Packets that a class has sent.
    func packets(_ name: String, on device: String) throws -> Int {
        let lines = try sh("tc -s class show dev \(device)").split(separator: "\n")
        guard let start = lines.firstIndex(where: { $0.hasPrefix("class htb \(name) ") }) else { return -1 }
        let words = lines[start + 1].split(separator: " ")
        return words.firstIndex(of: "bytes").flatMap { Int(words[$0 + 1]) } ?? -1
    }

    private func pair(_ near: String, _ address: String, far suffix: String, _ far: String, _ farAddress: String) throws
    {
        try ip("link add \(near) netns \(name) type veth peer name \(far) netns \(name)\(suffix)")
        try ip("-n \(name) addr add \(address) dev \(near)")
        try ip("-n \(name) link set \(near) up")
        try ip("-n \(name)\(suffix) addr add \(farAddress) dev \(far)")
        try ip("-n \(name)\(suffix) link set \(far) up")
    }

    private static func run(_ words: [String]) throws -> String {
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(filePath: words[0])
        process.arguments = Array(words.dropFirst())
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw Failed(description: "\(words.joined(separator: " ")): \(text)")
        }
        return text
    }
}
