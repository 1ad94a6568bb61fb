import Foundation
import PeerTesting
import Testing

/// A metered gateway with all that is around it: machine → gateway → emulated radio → cloud, each in a network namespace,
/// with `fieldgate-netd`, a stand-in for the service manager's descriptor store, a broker, sinks, and a modem where one is
/// wanted. All of it ends with the object.
///
/// The radio is a TUN device: what the kernel joins really is cut up before it is counted on the other side. The emulator's
/// own count of every packet is what records are held against.
final class MeteredYard {
    static let cloud = "10.99.0.10"
    static let machine = "192.168.50.10"

    enum Space: String {
        case gateway, cloud, machine
        case carrier = "carrier-a"
    }

    struct Modem {
        var personality = "quectel-sa"
    }

    let folder: Folder
    let store: DescriptorStore
    let prefix = "fgu\(UInt16.random(in: 0...9999))"
    private let own: TemporaryFolder
    private var children: [Child] = []
    private(set) var broker: Child
    private(set) var helper: StoredProcess?

    init(in folder: Folder, modem: Modem? = nil) async throws {
        self.folder = folder
        own = try TemporaryFolder()
        store = try DescriptorStore(in: own)
        let made = try await Tool.run("fieldsim", ["net", "up", "--prefix", prefix, "--paths", "1"], in: folder)
        guard made.code == 0 else { throw Missing(what: made.text) }
        let configuration = try folder.write(
            "listener 1883 \(Self.cloud)\nallow_anonymous true\nuser root\nmax_queued_messages 0\n",
            to: "mosquitto.conf")
        broker = try Child.inside(prefix, .cloud, ["mosquitto", "-c", configuration], in: folder)
        try await prepare()
        let link = ["link", "--prefix", prefix, "--path", "a=clean", "--control", folder.path("link.sock")]
        try await keep(Child("fieldsim", link, in: folder), says: "ready")
        try await keep(child(.cloud, Self.python + ["serve", Self.cloud]), says: "ready")
        try await keep(child(.gateway, [Tool.product("fieldsim"), "loader", "--port", "15020"]), says: "listening")
        if let modem { try await start(modem) }
    }

    deinit {
        for child in children + [broker] { child.kill() }
        helper?.end(SIGKILL)
        store.close()
        let down = try? Child("fieldsim", ["net", "down", "--prefix", prefix], in: folder)
        while down?.isRunning == true { usleep(20_000) }
    }

    private static let python = ["/usr/bin/python3", "\(Tool.root.path)/Bench/metering/traffic.py"]

    private func prepare() async throws {
        let sysctls = [
            "net.ipv4.ping_group_range=0 2147483647",
            // Ends of connections come within a test.
            "net.netfilter.nf_conntrack_udp_timeout=2", "net.netfilter.nf_conntrack_udp_timeout_stream=4",
            "net.netfilter.nf_conntrack_tcp_timeout_time_wait=2",
        ]
        for sysctl in sysctls { try await run(.gateway, ["sysctl", "-qw", sysctl]) }
        // A wire carries frames, and this cable of two virtual devices superpackets as well.
        try await run(.machine, ["ip", "link", "set", "eth0", "gso_max_segs", "1"])
    }

    private func start(_ modem: Modem) async throws {
        let words = [
            "modem", "--personality", modem.personality, "--pty", folder.path("at"), "--control",
            folder.path("modem.sock"), "--time-scale", "20", "--link", folder.path("link.sock"), "--path", "a",
        ]
        try await keep(Child("fieldsim", words, in: folder), says: "listening")
    }

    private func keep(_ child: Child, says word: String) async throws {
        children.append(child)
        try await eventually("'\(word)' is said; it says: \(child.text)") { child.text.contains(word) }
    }

    // MARK: Places

    func child(_ space: Space, _ words: [String], as user: [String] = []) throws -> Child {
        let child = try Child.inside(prefix, space, user + words, in: folder)
        children.append(child)
        return child
    }

    @discardableResult
    func run(_ space: Space, _ words: [String]) async throws -> String {
        let child = try Child.inside(prefix, space, words, in: folder)
        guard try await child.exitCode(within: 60) == 0 else {
            throw Missing(what: "\(words.joined(separator: " ")): \(child.text)")
        }
        return child.text
    }

    // MARK: Processes that come and go

    func startHelper() async throws {
        let socket = folder.path("netd.sock")
        try? FileManager.default.removeItem(atPath: socket)
        helper = try store.start(
            [
                Tool.product("fieldgate-netd"), "--socket", socket, "--state", folder.path("netd.state"),
                "--allow-user", "root", "--device", "wwan*", "--device", "lan0",
            ], namespace: "\(prefix)-gateway")
        try await helper?.says("serving")
    }

    /// As a crash ends it: what it had given to keep stays where it is.
    func killHelper() {
        helper?.end(SIGKILL)
        helper = nil
    }

    func stopBroker() async throws { try await broker.stop() }

    func startBroker() throws { broker = try child(.cloud, ["mosquitto", "-c", folder.path("mosquitto.conf")]) }

    /// What is heard in the cloud: topic, retained flag, payload.
    func subscribe(_ topics: String...) async throws -> Child {
        let words = ["mosquitto_sub", "-h", Self.cloud, "-q", "1", "-F", "%t %r %p"]
        let heard = try child(.cloud, words + (topics + ["probe"]).flatMap { ["-t", $0] })
        try await eventually("the subscriber hears") {
            try await run(.cloud, ["mosquitto_pub", "-h", Self.cloud, "-t", "probe", "-m", "x"])
            return heard.text.contains("probe 0 x")
        }
        return heard
    }

    // MARK: Traffic

    /// `Bench/metering/traffic.py` towards the sinks, until it has run for so long or is ended.
    func load(_ space: Space, rate: Double = 4, kinds: String, seconds: Double? = nil) throws -> Child {
        var words = Self.python + ["load", Self.cloud, "--rate", "\(rate)", "--kinds", kinds]
        if let seconds { words += ["--seconds", "\(seconds)"] }
        if space == .machine { words += ["--bind", Self.machine] }
        return try child(space, words)
    }

    /// Nothing enters or leaves the radio from either side; what is dropped is dropped before anything counts it.
    func silence(_ isOn: Bool) async throws {
        let drop = "type filter hook output priority -400;"
        let near = """
            table inet yard {
             chain out { \(drop) oifname "wwan0" drop; }
             chain lan { type filter hook prerouting priority -400; iifname "lan0" drop; }
            }

            """
        let far = "table inet yard {\n chain out { \(drop) oifname { \"carrier-a\", \"radio0\" } drop; }\n}\n"
        for space in [Space.gateway, .cloud, .carrier] {
            let text = isOn ? (space == .gateway ? near : far) : "delete table inet yard\n"
            let file = try folder.write(text, to: "silence-\(space.rawValue).nft")
            try await run(space, ["nft", "-f", file])
        }
    }

    /// Nothing is sent any more, and nothing is under way. TCP counts what it sends even where a rule drops it at once, so
    /// the gateway's connection ends before the rule is there.
    func settle() async throws {
        try await stopBroker()
        try await eventually("no connection to the broker is left") {
            try await run(
                .gateway,
                [
                    "ss", "-Htn", "state", "established", "state", "fin-wait-1", "state", "close-wait", "state",
                    "last-ack", "dport", "=", ":1883",
                ]
            ).isEmpty
        }
        try await silence(true)
        var before: Air?
        try await eventually("the air is empty") {
            defer { before = try? air() }
            try await Task.sleep(for: .milliseconds(100))
            return try before.map { $0 == (try air()) && $0.underWay == 0 } ?? false
        }
    }
}

extension Child {
    static func inside(_ prefix: String, _ space: MeteredYard.Space, _ words: [String], in folder: Folder) throws
        -> Child
    {
        let path = words[0].hasPrefix("/") ? words[0] : try Tool.path(words[0])
        return try Child("ip", ["netns", "exec", "\(prefix)-\(space.rawValue)", path] + words.dropFirst(), in: folder)
    }
}

extension Tool {
    static func product(_ name: String) -> String { "\(products.path)/\(name)" }
}
