import Foundation
import Testing

extension Scenarios {
    /// The whole of remote control: consoles, broker, gateway, and a machine that moves.
    @Suite("Remote control")
    struct ControlTests {
        @Test(
            "A script drives the machine, stops it, acknowledges and lets it go; the trail tells it, and a changed bit is found"
        )
        func drivesAndStops() async throws {
            let yard = try await ControlYard()
            let gateway = try await yard.start()
            let events = try await yard.broker.subscribe("fg/v1/yard/ctl/+/evt")
            let console = try yard.drive(
                "anna",
                """
                0 enable off
                +100ms expect state = ARMED within 15s
                +8s enable on
                +100ms expect state = ACTIVE within 5s
                +1s axis travel 0.8
                +100ms expect axes travel > 0.5 within 5s
                +1s stop
                +100ms expect state = SAFE_STOP within 5s
                +100ms axis travel 0
                +3s enable off
                +100ms acknowledge
                +100ms expect state = ARMED within 5s
                +1s quit
                +2s end

                """)
            let code = try await console.exitCode(within: 90)
            #expect(code == 0, "\(console.text)\n\(gateway.text)")
            #expect(console.text.contains("WL-7"))
            #expect(!console.text.contains("did not confirm"), "\(console.text)")
            let stops = try object(try await yard.loader.tell("stops"))["stops"] as? [[String: Any]] ?? []
            #expect(stops.contains { $0["cause"] as? String == "safe" && ($0["speed_kmh"] as? Double ?? 0) > 0.1 })
            try await eventually("the trail is told") { events.messages.contains { $0["to"] == "IDLE" } }
            _ = try await gateway.stop()

            let phases = events.messages.compactMap { $0["to"] }
            #expect(phases == ["REQUESTED", "REQUESTED", "ARMED", "ACTIVE", "SAFE_STOP", "ARMED", "IDLE"])
            let good = try await yard.audit()
            #expect(good.code == 0, "\(good.text)")
            // What a platform received verifies as well.
            let heard = events.lines.compactMap { $0.split(separator: " ", maxSplits: 2).last }.filter {
                $0.hasPrefix("{")
            }
            let file = try yard.folder.write(heard.joined(separator: "\n"), to: "heard.jsonl")
            let told = try await Tool.run("fieldgate", ["audit", "verify", "--file", file], in: yard.folder)
            #expect(told.code == 0, "\(told.text)")

            var trail = try Data(contentsOf: URL(filePath: yard.trail))
            trail[trail.count / 2] ^= 1
            try trail.write(to: URL(filePath: yard.trail))
            let changed = try await yard.audit()
            #expect(changed.code == 6)
            #expect(changed.text.contains("line "), "\(changed.text)")
        }

        @Test("A holder hands over, a supervisor takes over by force, and a local operator wins")
        func hands() async throws {
            let yard = try await ControlYard()
            let gateway = try await yard.start()
            let first = try yard.drive("anna", "0 enable off\n15s hand-over\n90s end\n")
            try await yard.reaches("ARMED", 1, gateway)
            let refused = try yard.drive("bert", "0 enable off\n5s end\n")
            #expect(try await refused.exitCode(within: 30) == 4)
            #expect(refused.text.contains("held"), "\(refused.text)")

            try await yard.reaches("ARMED", 1, gateway)
            var second = refused
            // Refused until anna offers.
            try await eventually("bert is let in\n\(gateway.text)") {
                if !second.isRunning { second = try yard.drive("bert", "0 enable off\n8s enable on\n90s end\n") }
                return gateway.text.contains("cause=handed_over")
            }
            try await yard.reaches("ACTIVE", 1, gateway)
            let chief = try yard.drive("sup", "0 enable off\n90s end\n", "--force")
            try await yard.reaches("ARMED", 3, gateway)
            #expect(gateway.text.contains("taken_over"))
            #expect(try await first.exitCode(within: 10) == 0, "\(first.text)")
            #expect(first.text.contains("anna no longer has the machine: handed over to bert"), "\(first.text)")
            #expect(try await second.exitCode(within: 10) == 5, "\(second.text)")
            #expect(second.text.contains("bert no longer has the machine: taken over by sup"), "\(second.text)")

            try await yard.loader.tell("set LocalKey on")
            try await eventually("the local operator has it\n\(gateway.text)") {
                gateway.text.contains("cause=local_operator")
            }
            let locals = try yard.drive("anna", "0 enable off\n5s end\n")
            #expect(try await locals.exitCode(within: 30) == 4)
            #expect(locals.text.contains("local"), "\(locals.text)")
            #expect(try await chief.exitCode(within: 10) == 5, "\(chief.text)")
            #expect(chief.text.contains("a local operator took it"), "\(chief.text)")
            _ = try await gateway.stop()
            #expect(try await yard.audit().code == 0)
        }

        @Test(
            "A gateway killed in motion leaves a machine that stops itself, and comes back locked until a supervisor unlocks"
        )
        func killed() async throws {
            let yard = try await ControlYard()
            var gateway = try await yard.start()
            let console = try yard.drive(
                "anna", "0 enable off\n8s enable on\n9500ms axis travel 0.8\n60s end\n")
            try await yard.reaches("ACTIVE", 1, gateway)
            try await eventually("the machine moves") { try await yard.speed() > 1 }
            gateway.kill()
            try await eventually("the machine's watchdog has stopped it") {
                let stops = try object(try await yard.loader.tell("stops"))["stops"] as? [[String: Any]] ?? []
                return stops.contains { $0["cause"] as? String == "watchdog" }
            }
            #expect(try await console.exitCode(within: 20) == 5, "\(console.text)")
            #expect(console.text.contains("no state of this session"), "\(console.text)")
            gateway = try await yard.start()
            let locked = try yard.drive("anna", "0 enable off\n5s end\n")
            #expect(try await locked.exitCode(within: 30) == 4)
            #expect(locked.text.contains("locked"), "\(locked.text)")
            let unlock = try await Tool.run(
                "fieldgate-operator", ["unlock", "--yes"] + yard.identity("sup"), in: yard.folder)
            #expect(unlock.code == 0, "\(unlock.text)")
            try await yard.reaches("IDLE", 1, gateway)
            let again = try yard.drive("anna", "0 enable off\n100ms expect state = ARMED within 15s\n20s end\n")
            try await yard.reaches("ARMED", 1, gateway)
            again.kill()
            _ = try await gateway.stop()
        }

        @Test("A gateway told to stop in motion brings the machine to its safe state first")
        func closing() async throws {
            let yard = try await ControlYard()
            let gateway = try await yard.start()
            let console = try yard.drive(
                "anna", "0 enable off\n8s enable on\n9500ms axis travel 0.8\n60s end\n")
            try await yard.reaches("ACTIVE", 1, gateway)
            try await eventually("the machine moves") { try await yard.speed() > 1 }
            #expect(try await gateway.stop() == 0)
            let stops = try object(try await yard.loader.tell("stops"))["stops"] as? [[String: Any]] ?? []
            #expect(stops.last?["cause"] as? String == "safe", "\(stops)")
            #expect(try await console.exitCode(within: 20) == 5, "\(console.text)")
            #expect(console.text.contains("the gateway was told to stop"), "\(console.text)")
        }

        @Test("A check names the paper that is wrong, its line and its remedy, and else shows the machines' public key")
        func papers() async throws {
            let yard = try await ControlYard()
            func check() async throws -> (code: Int32, text: String) {
                try await Tool.run("fieldgate", ["check", "--config", yard.gateway.site], in: yard.folder)
            }
            let good = try await check()
            #expect(good.code == 0 && good.text.contains(yard.machineKey), "\(good.text)")
            let key = URL(filePath: yard.folder.path("machine.key")).path
            try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: key)
            let open = try await check()
            #expect(open.code == 1 && open.text.contains("control.machine_key") && open.text.contains("chmod 600"))
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: key)
            _ = try await Tool.run(
                "fieldgate-operator",
                [
                    "roster", "make", "--owner-key", yard.folder.path("sup.key"), "--out",
                    yard.folder.path("roster.json"), "anna:operator:\(yard.machineKey)",
                ], in: yard.folder)
            let other = try await check()
            #expect(other.code == 1 && other.text.contains("site.yaml:9:"), "\(other.text)")
            #expect(
                other.text.contains("it is signed by") && other.text.contains("owner_key (line 10)"), "\(other.text)")
        }

        @Test("Set-point commands leave alone what control writes")
        func setPoints() async throws {
            let yard = try await ControlYard()
            let gateway = try await yard.start()
            let results = try await yard.broker.subscribe("fg/v1/yard/cmd/+/result")
            try await yard.broker.publish(
                "fg/v1/yard/cmd/loader", #"{"schema":"fg.cmd/1","id":"a","point":"DriveTravel","value":50}"#)
            try await eventually("the command is refused: \(results.text)") {
                results.messages.contains { $0["reason"] == "control_only" }
            }
            _ = try await gateway.stop()
        }
    }
}

/// A loader with remote control, a broker, papers for three operators, and a gateway.
struct ControlYard {
    let folder: Folder
    let broker: Broker
    let mosquitto: Child
    let loader: Machine
    let gateway: GatewayUnderTest
    let machineKey: String

    init() async throws {
        folder = try Folder()
        broker = try await Broker(in: folder)
        mosquitto = try await broker.start()
        loader = try await Machine("loader", in: folder, options: ["--remote"])
        var keys: [String: String] = [:]
        for name in ["owner", "machine", "anna", "bert", "sup"] {
            let made = try await Tool.run("fieldgate-operator", ["key", "new", folder.path("\(name).key")], in: folder)
            keys[name] = made.text.split(whereSeparator: \.isWhitespace).map(String.init).last { $0.count == 64 } ?? ""
        }
        machineKey = keys["machine"] ?? ""
        let roster = ["anna:operator", "bert:operator", "sup:supervisor"].map { entry in
            "\(entry):\(keys[String(entry.split(separator: ":")[0])] ?? "")"
        }
        let made = try await Tool.run(
            "fieldgate-operator",
            ["roster", "make", "--owner-key", folder.path("owner.key"), "--out", folder.path("roster.json")] + roster,
            in: folder)
        guard made.code == 0 else { throw Missing(what: made.text) }
        let site = try folder.write(
            """
            schema: fg.site/1
            gateway: {id: yard}
            clock: {source: system}
            broker: {host: 127.0.0.1, port: \(broker.port)}
            spool: {directory: \(folder.path("spool")), commit_interval: 50ms}
            buses: [{id: lan, timeout: 1s, tcp: {host: 127.0.0.1, port: \(loader.port)}}]
            devices: [{id: loader, bus: lan, profile: \(Tool.root.path)/Firmware-Config/profiles/wheel-loader.yaml}]
            control:
              roster: roster.json
              owner_key: \(keys["owner"] ?? "")
              machine_key: machine.key
              devices: [{device: loader, serial: WL-7}]

            """, to: "site.yaml")
        gateway = GatewayUnderTest(site: site, in: folder)
    }

    var trail: String { folder.path("spool/control/audit.jsonl") }

    func start() async throws -> Child {
        let child = try await gateway.start()
        try await eventually("remote control is connected:\n\(child.text)") {
            child.text.contains("remote control connected")
        }
        return child
    }

    func identity(_ name: String) -> [String] {
        [
            "--host", "127.0.0.1", "--port", "\(broker.port)", "--gateway", "yard", "--machine", "loader",
            "--operator", name, "--key", folder.path("\(name).key"), "--machine-key", machineKey,
        ]
    }

    /// A console that runs a script.
    func drive(_ name: String, _ script: String, _ more: String...) throws -> Child {
        let file = try folder.write(script, to: "\(name)-\(UInt32.random(in: 0...UInt32.max)).txt")
        let arguments =
            ["drive"] + identity(name) + ["--yes", "--listen", "127.0.0.1", "--input", "script", file] + more
        return try Child("fieldgate-operator", arguments, in: folder)
    }

    /// The gateway has said so many times that a phase was entered.
    func reaches(_ phase: String, _ times: Int, _ gateway: Child) async throws {
        try await eventually("\(phase), \(times) times:\n\(gateway.text)") {
            gateway.text.components(separatedBy: "control \(phase)").count > times
        }
    }

    func speed() async throws -> Double {
        let values = try object(try await loader.tell("status"))["values"] as? [String: Any]
        return values?["RemoteSpeed"] as? Double ?? 0
    }

    func audit() async throws -> (code: Int32, text: String) {
        try await Tool.run("fieldgate", ["audit", "verify", "--config", gateway.site], in: folder)
    }
}
