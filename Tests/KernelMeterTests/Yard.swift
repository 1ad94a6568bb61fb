import CSystem
import FieldGateTesting
import FieldModel
import Foundation
import KernelNet
import PeerTesting
import Platform
import Testing

/// Camera → gateway → carrier, each in a network namespace of its own, and a `fieldgate-netd` in the gateway's.
///
/// wwan0 (10.77.0.2/24) and wwan1 (10.78.0.2/24) lead to the carrier, cam0 (192.168.7.1/24) to the camera. Interfaces
/// segment in software, as a modem's does: pairs that pass whole superpackets would flatter every counter.
final class Yard {
    let folder: TemporaryFolder
    let store: DescriptorStore
    let name: String
    private(set) var daemon: StoredProcess?
    private var peers: [Peer] = []

    enum Place: String, CaseIterable { case gateway = "g", carrier = "f", camera = "c" }

    init() throws {
        guard geteuid() == 0 else { throw NeedsRoot() }
        folder = try TemporaryFolder()
        store = try DescriptorStore(in: folder)
        name = "fgm\(UUID().uuidString.prefix(8).lowercased())"
        for place in Place.allCases {
            try run("ip netns add \(namespace(place))")
            // Neighbours of IPv6 would speak whenever they like.
            try sh("sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1", in: place)
            try sh("ip link set lo up", in: place)
        }
        try pair("wwan0", "10.77.0.2/24", .carrier, "modem0", "10.77.0.1/24")
        try pair("wwan1", "10.78.0.2/24", .carrier, "modem1", "10.78.0.1/24")
        try pair("cam0", "192.168.7.1/24", .camera, "eth0", "192.168.7.20/24")
        try sh("ip route add default via 192.168.7.1", in: .camera)
        try sh("ip route add default via 10.77.0.1", in: .gateway)
    }

    deinit {
        daemon?.end(SIGKILL)
        for peer in peers { peer.kill() }
        for place in Place.allCases { _ = try? run("ip netns del \(namespace(place))") }
        store.close()
    }

    struct NeedsRoot: Error, CustomStringConvertible {
        var description: String { "this test makes network namespaces: run it as root" }
    }

    struct Failed: Error, CustomStringConvertible { var description: String }

    func namespace(_ place: Place) -> String { name + place.rawValue }

    var helper: NetworkHelper { NetworkHelper(path: folder.path("netd.sock")) }

    /// A reader as the gateway has it.
    func counters() -> KernelCounters {
        KernelCounters(
            paths: [.init(id: "first", device: "wwan0"), .init(id: "second", device: "wwan1")],
            helper: folder.path("netd.sock"), time: SystemTime(source: .kernel))
    }

    // MARK: netd

    func startDaemon() async throws {
        let arguments = [
            PeerTesting.Place.product("fieldgate-netd"), "--socket", folder.path("netd.sock"), "--state",
            folder.path("state"), "--device", "wwan*", "--device", "cam0", "--allow-user", "0",
        ]
        daemon = try store.start(arguments, namespace: namespace(.gateway))
        try await daemon?.says("serving")
    }

    func killDaemon() {
        daemon?.end(SIGKILL)
        daemon = nil
    }

    func start(_ plan: NetworkPlan = Samples.plan) async throws {
        try await startDaemon()
        let state = try helper.apply(plan)
        #expect(state == NetworkState())
    }

    // MARK: Being elsewhere

    /// Runs the body with this thread in the place's network namespace.
    func inside<Result>(_ place: Place, _ body: () throws -> Result) throws -> Result {
        let home = fg_open("/proc/thread-self/ns/net", O_RDONLY, 0)
        let there = fg_open("/run/netns/\(namespace(place))", O_RDONLY, 0)
        defer {
            close(home)
            close(there)
        }
        guard fg_enter_network(there) == 0 else { throw Failed(description: "no namespace \(namespace(place))") }
        defer { _ = fg_enter_network(home) }
        return try body()
    }

    @discardableResult
    func sh(_ line: String, in place: Place = .gateway) throws -> String {
        try run(["ip", "netns", "exec", namespace(place), "sh", "-c", line])
    }

    /// A Python program, to its end.
    @discardableResult
    func python(_ program: String, _ arguments: [String] = [], in place: Place) throws -> String {
        try run(["ip", "netns", "exec", namespace(place), "/usr/bin/python3", "-c", program] + arguments)
    }

    /// The client of `Traffic`, while it runs.
    func clientPeer(_ arguments: [String], in place: Place) throws -> Peer {
        try Peer(
            "ip", ["netns", "exec", namespace(place), "/usr/bin/python3", "-c", Traffic.client] + arguments, in: folder)
    }

    /// A shell line in the gateway, while it runs.
    func background(_ line: String) throws -> Peer {
        try Peer("ip", ["netns", "exec", namespace(.gateway), "sh", "-c", line], in: folder)
    }

    /// A Python program that stays, once it has said "ready".
    func pythonPeer(_ program: String, in place: Place) async throws {
        let peer = try Peer(
            "ip", ["netns", "exec", namespace(place), "/usr/bin/python3", "-u", "-c", program], in: folder)
        peers.append(peer)
        try await peer.says("ready")
    }

    // MARK: Interfaces

    /// ETHTOOL_STSO, ETHTOOL_SGRO and their like.
    func ethtool(_ device: String, _ command: UInt32, _ value: UInt32, in place: Place) throws {
        let status = try inside(place) { fg_ethtool_set(device, command, value) }
        guard status == 0 else { throw Failed(description: "ethtool \(command) on \(device): \(status)") }
    }

    /// No superpackets at all, from the sender on.
    func segmentAtOnce() throws {
        for (device, place) in [("wwan0", Place.gateway), ("modem0", .carrier), ("eth0", .camera), ("cam0", .gateway)] {
            try sh("ip link set \(device) gso_max_segs 1", in: place)
        }
    }

    private func pair(_ near: String, _ address: String, _ place: Place, _ far: String, _ farAddress: String) throws {
        try run(
            "ip link add \(near) netns \(namespace(.gateway)) type veth peer name \(far) netns \(namespace(place))")
        for (device, address, place) in [(near, address, Place.gateway), (far, farAddress, place)] {
            try sh("ip addr add \(address) dev \(device) && ip link set \(device) up", in: place)
            try ethtool(device, 0x1F, 0, in: place)
        }
    }

    @discardableResult
    private func run(_ line: String) throws -> String { try run(line.split(separator: " ").map(String.init)) }

    private func run(_ words: [String]) throws -> String {
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(filePath: PeerTesting.Place.tool(words[0]) ?? words[0])
        process.arguments = Array(words.dropFirst())
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw Failed(description: "\(words.joined(separator: " ").prefix(300)): \(text)")
        }
        return text
    }
}
