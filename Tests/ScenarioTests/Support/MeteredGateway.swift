import Foundation
import Testing

/// The gateway of a yard: its site, its process, and what its commands say of the records.
struct MeteredGateway {
    static let name = "yard"

    struct Site {
        /// Members of `metering`, beside the subscription.
        var metering = "volume: 100kB, interval: 1m"
        var hasHelper = true
        var hasModem = false
        /// Whose words on `usage/ack` and `usage/replay` count.
        var receiver: String?
        var rate = "50Mbit/s"
        var spool = "spool"
        /// Further lines under `link`.
        var link = ""
    }

    let yard: MeteredYard
    let file: String

    init(_ yard: MeteredYard, _ site: Site = Site()) throws {
        self.yard = yard
        let folder = yard.folder
        let root = Tool.root.path
        let modem = """
              modems:
                - {id: main, at: {ports: [\(folder.path("at"))], profile: \(root)/Firmware-Config/modem-profiles/quectel-5g.yaml}, apn: internet, poll_every: 500ms}

            """
        let rate = "{most: \(site.rate), start: \(site.rate), least: \(site.rate)}"
        file = try folder.write(
            """
            schema: fg.site/1
            gateway: {id: \(Self.name)}
            clock: {source: system}
            broker: {host: \(MeteredYard.cloud), insecure: true\(site.receiver.map { ", receiver_key: \"\($0)\"" } ?? "")}
            spool: {directory: \(folder.path(site.spool)), commit_interval: 100ms}
            buses: [{id: lan, tcp: {host: 127.0.0.1, port: 15020}}]
            devices: [{id: loader, bus: lan, profile: \(root)/Firmware-Config/profiles/wheel-loader.yaml}]
            link:
            \(site.hasHelper ? "  helper: \(folder.path("netd.sock"))" : "")
            \(site.hasModem ? modem : "")\
              paths:
                - {id: a, device: wwan0, \(site.hasModem ? "modem: main, " : "")rate: \(rate), probe: {targets: [{icmp: \(MeteredYard.cloud)}], recover_after: 1s}}
              cameras: {device: lan0, list: [{id: front, address: \(MeteredYard.machine), limit: 20Mbit/s}]}
            \(site.link)
            metering: {subscription: line-1, \(site.metering)}

            """, to: "site.yaml")
    }

    private var options: [String] { ["--config", file, "--set", "admin.socket=\(yard.folder.path("admin.sock"))"] }

    /// Starts it; nothing passes the air before it counts.
    func begin(_ more: [String] = []) async throws -> Child {
        try await yard.silence(true)
        try await yard.startHelper()
        let gateway = try start(more)
        try await counts(gateway, "exact")
        try await yard.silence(false)
        return gateway
    }

    func start(_ more: [String] = [], as user: [String] = []) throws -> Child {
        try yard.child(.gateway, [Tool.product("fieldgate"), "run"] + options + more, as: user)
    }

    func counts(_ gateway: Child, _ mode: String) async throws {
        try await eventually("it counts: \(gateway.text.suffix(2000))", within: 60) {
            guard gateway.isRunning else { throw Missing(what: gateway.text) }
            return try await reconciliation()["mode"] as? String == mode
        }
    }

    /// A command of `fieldgate`, with this site.
    func ask(_ words: String...) async throws -> (code: Int32, text: String) {
        try await Tool.run("fieldgate", words + options, in: yard.folder)
    }

    /// `fieldgate usage reconcile`; empty while there is nothing to show.
    func reconciliation() async throws -> [String: Any] {
        (try? object(try await ask("usage", "reconcile", "--json").text)) ?? [:]
    }

    func sessions() async throws -> [[String: Any]] {
        try await reconciliation()["sessions"] as? [[String: Any]] ?? []
    }

    /// All that is recorded, exported to files: the files, and the records in them.
    func export(to name: String = "export") async throws -> (files: [String], records: UsageLines) {
        let to = yard.folder.path("\(name)-\(UUID().uuidString.prefix(8))")
        let done = try await ask("usage", "export", "--to", to, "--full")
        guard done.code == 0 else { throw Missing(what: done.text) }
        let files = done.text.split(separator: "\n").map(String.init).filter { $0.hasSuffix(".jsonl") }.map {
            "\(to)/\($0)"
        }
        return (files, try UsageLines(files: files))
    }

    func records() async throws -> UsageLines { try await export().records }
}
