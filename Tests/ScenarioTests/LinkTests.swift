import Foundation
import Testing

extension Scenarios {
    @Suite("Links", .enabled("network namespaces need root") { geteuid() == 0 })
    struct LinkTests {
        private let folder: Folder

        init() throws { folder = try Folder() }

        @Test(
            "The scripted shift: nothing is lost, the lowest rung cures, a denial is respected, a second modem carries on"
        )
        func shift() async throws {
            let report = folder.path("report.json")
            let script = try Child(
                "\(Tool.root.path)/Scripts/shift",
                ["--time-scale", "20", "--report", report, "--programs", Tool.products.path], in: folder)
            let code = try await script.exitCode(within: 200)
            #expect(code == 0, "\(script.text)")
            let found = try object(try String(contentsOfFile: report, encoding: .utf8))
            #expect(found["broken"] as? [String] == [])
            #expect(found["climbs_during_denial"] as? Int == 0)
            let telemetry = try #require(found["telemetry"] as? [String: Any])
            #expect(telemetry["lost"] as? Int == 0)
            #expect(telemetry["rows"] as? Int ?? 0 > 200)
            let paths = try #require(found["paths"] as? [String: [String: Any]])
            let causes = (paths["a"]?["outages"] as? [[String: Any]] ?? []).compactMap { $0["cause"] as? String }
            #expect(causes.starts(with: ["tunnel", "all fine but data dead", "registration denied"]), "\(causes)")
            let climbs = found["climbs"] as? [[String: Any]] ?? []
            #expect(climbs.contains { $0["data_dead"] as? Bool == true && $0["rung"] as? String == "session" })
            let recoveries = (found["recoveries"] as? [[String: Any]] ?? []).filter { $0["modem"] as? String == "a" }
            #expect(recoveries.first?["rung"] as? String == "radio")
            let failovers = found["failovers"] as? [[String: Any]] ?? []
            #expect(failovers.count >= 3 && failovers.first?["to"] as? String == "b")
        }

        @Test("A scenario that is wrong names file, line and what is accepted")
        func wrongScenario() async throws {
            let scenario = try folder.write(
                "schema: fg.shift/1\ntitle: x\nlength: 1m\npaths: {a: {profile: clean, personality: generic}}\nevents:\n"
                    + "  - {at: soon, name: x, path: a}\n", to: "wrong.yaml")
            let result = try await Tool.run("\(Tool.root.path)/Scripts/shift", [scenario], in: folder)
            #expect(result.code == 2)
            #expect(result.text.contains("wrong.yaml:6: 'soon' is no duration"))
        }

        @Test(
            "Rules that somebody flushed come back with an event; a card swapped in mid-session gets no data, at once")
        func flushedAndSwapped() async throws {
            let yard = try await Yard(in: folder)
            let gateway = try await yard.start(
                binding: "{imei: '\(yard.imei)', iccid: '89999010000000000018', imsi: '001010000000001'}")
            func events(_ name: String) -> [Message] {
                yard.heard.messages.filter { $0.topic.hasSuffix("/event/gateway") && $0["event"] == name }
            }
            try await eventually("the link is up") { events("link_phase").contains { $0["to"] == "up" } }
            try await yard.inside("nft", "flush", "ruleset")
            try await yard.inside("ip", "rule", "del", "priority", "20300")
            try await eventually("the event") { !events("network_restored").isEmpty }
            let parts = events("network_restored").compactMap { $0["parts"] }.joined()
            #expect(parts.contains("nftables") && parts.contains("ip rule"), "\(parts)")
            let rules = try await yard.inside("nft", "list", "ruleset")
            #expect(rules.contains("table inet fieldgate"))
            try await yard.tellModem("sim swap 89999010000000000099 001010000000099")
            // The only way out is held, so the alarm waits in the spool; the log has it at once.
            try await eventually("the alarm") { gateway.text.contains("sim_binding") }
            try await eventually("no data") { try await yard.modemStatus().contains("\"session\":false") }
            #expect(gateway.text.contains("link mismatched"))
            #expect(!gateway.text.contains("89999010000000000099"))
            #expect(events("recovery_climb").isEmpty)
            #expect(try await gateway.stop() == 0)
        }

        @Test("A camera's video is forwarded as bulk, within its limit; another camera gets nowhere")
        func cameras() async throws {
            let yard = try await Yard(in: folder)
            let cameras = "{device: lan0, list: [{id: front, address: 192.168.50.10, limit: 2Mbit/s}]}"
            let gateway = try await yard.start(binding: nil, cameras: cameras)
            try await eventually("the link is up") { gateway.text.contains("link up") }
            try await eventually("the plan is in force") { gateway.text.contains("the network plan is in force") }
            // The gateway's own default route is not asked: cameras take the bulk path's table.
            let receiver = try await yard.camera(in: "cloud", ["--receive", "5004", "--bind", "10.99.0.10"])
            let sending = ["--to", "10.99.0.10:5004", "--rate", "8Mbit/s", "--for", "5s"]
            let allowed = try await yard.camera(in: "machine", sending + ["--bind", "192.168.50.10"])
            _ = try await allowed.exitCode(within: 30)
            let stranger = try await yard.camera(in: "machine", sending + ["--bind", "192.168.50.11"])
            _ = try await stranger.exitCode(within: 30)
            let code = try await receiver.stop()
            let report = try object(String(receiver.lines.last ?? ""))
            let streams = report["streams"] as? [[String: Any]] ?? []
            let bytes = streams.compactMap { $0["bytes"] as? Int }.reduce(0, +)
            #expect(code == 0 && streams.count == 1, "\(receiver.text)")
            // 2 Mbit/s for 5 s are 1.25 MB; queues empty a little later.
            #expect((500_000...1_500_000).contains(bytes), "\(receiver.text)")
            let rules = try await yard.inside("nft", "list", "ruleset")
            #expect(rules.contains("192.168.50.10"))
            _ = try await gateway.stop()
        }

        @Test("An AT port that vanishes and returns under another name is found again")
        func portMoves() async throws {
            let yard = try await Yard(in: folder)
            let gateway = try await yard.start(binding: nil)
            func phases() -> [String] {
                yard.heard.messages.filter { $0["event"] == "link_phase" }.compactMap { $0["to"] }
            }
            try await eventually("the link is up") { phases().contains("up") }
            try await yard.tellModem("vanish 2s rename \(folder.path("at-other"))")
            try await eventually("it is missed") { phases().contains("absent") }
            try await eventually("it is back") { phases().last == "up" }
            #expect(try await gateway.stop() == 0)
        }
    }
}

/// Namespaces with one emulated path, a modem, a broker and a machine; taken down with the object.
private final class Yard {
    let heard: Child
    let imei: String
    private let prefix = "fgy\(UInt16.random(in: 0...9999))"
    private let folder: Folder
    private var children: [Child] = []

    init(in folder: Folder) async throws {
        self.folder = folder
        let made = try await Tool.run("fieldsim", ["net", "up", "--prefix", prefix], in: folder)
        guard made.code == 0 else { throw Missing(what: made.text) }
        let space = prefix
        func inside(_ place: String, _ command: [String]) throws -> Child {
            try Child("ip", ["netns", "exec", "\(space)-\(place)"] + command, in: folder)
        }
        let products = Tool.products.path
        _ = try await inside("gateway", ["sysctl", "-qw", "net.ipv4.ping_group_range=0 2147483647"]).exitCode()
        children.append(
            try Child(
                "fieldsim",
                ["link", "--prefix", prefix, "--path", "a=clean", "--control", folder.path("link.sock")], in: folder))
        let configuration = try folder.write(
            "listener 1883 10.99.0.10\nallow_anonymous true\nuser root\n", to: "mosquitto.conf")
        children.append(try inside("cloud", ["mosquitto", "-c", configuration]))
        let loader = try inside("gateway", ["\(products)/fieldsim", "loader", "--port", "15020"])
        let modem = try Child(
            "fieldsim",
            [
                "modem", "--pty", folder.path("at"), "--control", folder.path("modem.sock"), "--time-scale", "20",
                "--link", folder.path("link.sock"), "--path", "a",
            ], in: folder)
        children += [loader, modem]
        try await eventually("simulators listen") {
            loader.text.contains("listening") && modem.text.contains("listening")
        }
        children.append(
            try inside(
                "gateway",
                [
                    "\(products)/fieldgate-netd", "--socket", folder.path("netd.sock"), "--state",
                    folder.path("netd.state"), "--allow-user", "root", "--device", "wwan*", "--device", "lan0",
                ]))
        heard = try inside("cloud", ["mosquitto_sub", "-h", "10.99.0.10", "-q", "1", "-t", "fg/#", "-F", "%t %r %p"])
        children.append(heard)
        let status = try await Tool.run("fieldsim", ["control", folder.path("modem.sock"), "status"], in: folder)
        imei = try object(status.text)["imei"] as? String ?? ""
    }

    deinit {
        for child in children { child.kill() }
        let down = try? Child("fieldsim", ["net", "down", "--prefix", prefix], in: folder)
        while down?.isRunning == true { usleep(20_000) }
    }

    func camera(in place: String, _ options: [String]) async throws -> Child {
        let command = ["netns", "exec", "\(prefix)-\(place)", "\(Tool.products.path)/fieldsim", "camera"]
        let child = try Child("ip", command + options, in: folder)
        children.append(child)
        if options.contains("--receive") { try await eventually("the receiver listens") { !child.text.isEmpty } }
        return child
    }

    func start(binding: String?, cameras: String? = nil) async throws -> Child {
        let root = Tool.root.path
        let site = try folder.write(
            """
            schema: fg.site/1
            gateway: {id: yard}
            clock: {source: system}
            broker: {host: 10.99.0.10, insecure: true}
            spool: {directory: \(folder.path("spool")), commit_interval: 100ms}
            buses: [{id: lan, tcp: {host: 127.0.0.1, port: 15020}}]
            devices: [{id: loader, bus: lan, profile: \(root)/Firmware-Config/profiles/wheel-loader.yaml}]
            link:
              helper: \(folder.path("netd.sock"))
              modems:
                - id: main
                  at:
                    ports: [\(folder.path("at")), \(folder.path("at-other"))]
                    profile: \(root)/Firmware-Config/modem-profiles/quectel-5g.yaml
                  apn: internet
                  poll_every: 500ms
            \(binding.map { "      binding: \($0)" } ?? "")
              paths:
                - {id: a, device: wwan0, modem: main, rate: {most: 50Mbit/s}, probe: {targets: [{icmp: 10.99.0.10}], recover_after: 1s}}
            \(cameras.map { "  cameras: \($0)" } ?? "")

            """, to: "site.yaml")
        let gateway = try Child(
            "ip", ["netns", "exec", "\(prefix)-gateway", "\(Tool.products.path)/fieldgate", "run", "--config", site],
            in: folder)
        children.append(gateway)
        return gateway
    }

    @discardableResult
    func inside(_ command: String...) async throws -> String {
        let result = try await Tool.run("ip", ["netns", "exec", "\(prefix)-gateway"] + command, in: folder)
        guard result.code == 0 else { throw Missing(what: "\(command): \(result.text)") }
        return result.text
    }

    func tellModem(_ command: String) async throws {
        let words = command.split(separator: " ").map(String.init)
        let result = try await Tool.run("fieldsim", ["control", folder.path("modem.sock")] + words, in: folder)
        guard result.code == 0 else { throw Missing(what: "\(command): \(result.text)") }
    }

    func modemStatus() async throws -> String {
        try await Tool.run("fieldsim", ["control", folder.path("modem.sock"), "status"], in: folder).text
    }
}
