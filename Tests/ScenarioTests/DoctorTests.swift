import Foundation
import Testing

extension Scenarios {
    @Suite("The doctor")
    struct DoctorTests {
        /// A site where every part is good: a machine, a modem with its card, a path and a broker.
        private struct Patient {
            let folder: Folder
            let broker: Broker
            let mosquitto: Child
            let loader: Machine
            let modem: Child
            let modemControl: String
            let gateway: GatewayUnderTest

            /// The path is the loopback interface; the broker itself answers the probes.
            init(broker extra: String = "", settings: String = "", set: [String: String] = [:]) async throws {
                folder = try Folder()
                broker = try await Broker(in: folder, extra: extra)
                mosquitto = try await broker.start()
                loader = try await Machine("loader", in: folder)
                let port = folder.path("at")
                modemControl = folder.path("modem.sock")
                modem = try Child(
                    "fieldsim", ["modem", "--pty", port, "--control", modemControl, "--time-scale", "50"], in: folder)
                let modem = self.modem
                try await eventually("the modem listens") { modem.text.contains("listening") }
                let root = Tool.root.path
                let site = try folder.write(
                    """
                    schema: fg.site/1
                    gateway: {id: patient}
                    clock: {source: system}
                    broker: {host: 127.0.0.1, port: \(broker.port)\(settings)}
                    spool: {directory: \(folder.path("spool")), telemetry: {max_bytes: 1MiB}}
                    buses:
                      - {id: lan, timeout: 300ms, tcp: {host: 127.0.0.1, port: \(loader.port)}}
                    devices:
                      - {id: loader, bus: lan, profile: \(root)/Firmware-Config/profiles/wheel-loader.yaml}
                    link:
                      modems:
                        - id: main
                          at: {ports: [\(port)], profile: \(root)/Firmware-Config/modem-profiles/quectel-5g.yaml}
                          apn: internet
                          poll_every: 200ms
                      paths:
                        - {id: a, device: lo, modem: main, probe: {targets: [{tcp: 127.0.0.1, port: \(broker.port)}]}}

                    """, to: "site.yaml")
                gateway = GatewayUnderTest(site: site, set: set, in: folder)
            }

            func tellModem(_ command: String) async throws {
                let words = command.split(separator: " ").map(String.init)
                let result = try await Tool.run("fieldsim", ["control", modemControl] + words, in: folder)
                guard result.code == 0 else { throw Missing(what: "\(command): \(result.text)") }
            }

            func registered() async throws {
                try await eventually("the modem is registered") {
                    let result = try await Tool.run("fieldsim", ["control", modemControl, "status"], in: folder)
                    return result.text.contains("\"registration\":\"registered\"")
                }
            }

            /// The doctor's diagnoses by part, with other settings where given.
            func examine(_ set: [String: String] = [:]) async throws -> (code: Int32, parts: [String: Diagnosis]) {
                let more = set.sorted { $0.key < $1.key }.flatMap { ["--set", "\($0.key)=\($0.value)"] }
                let result = try await gateway.run("doctor", ["--json"] + more)
                let report = try object(result.text)
                #expect(report["schema"] as? String == "fg.doctor/1")
                let found = (report["verdicts"] as? [[String: Any]] ?? []).compactMap(Diagnosis.init)
                return (result.code, Dictionary(uniqueKeysWithValues: found.map { ($0.part, $0) }))
            }
        }

        private struct Diagnosis {
            let part: String
            let verdict: String
            let finding: String
            let remedy: String?

            init?(_ entry: [String: Any]) {
                guard let part = entry["part"] as? String, let verdict = entry["verdict"] as? String,
                    let finding = entry["finding"] as? String
                else { return nil }
                (self.part, self.verdict, self.finding) = (part, verdict, finding)
                remedy = entry["remedy"] as? String
            }
        }

        /// Exactly the part named is bad, it says so and what to do, and nothing before it is.
        private func expect(
            _ result: (code: Int32, parts: [String: Diagnosis]), bad part: String, says finding: String,
            sourceLocation: SourceLocation = #_sourceLocation
        ) {
            let bad = result.parts.values.filter { $0.verdict == "bad" }
            #expect(bad.map(\.part) == [part], "\(bad)", sourceLocation: sourceLocation)
            #expect(
                bad.first?.finding.contains(finding) == true, "\(bad.first?.finding ?? "")",
                sourceLocation: sourceLocation)
            #expect(bad.first?.remedy?.isEmpty == false, sourceLocation: sourceLocation)
            #expect(result.code == 4, sourceLocation: sourceLocation)
        }

        @Test("Everything good is said part by part, with exit code 0")
        func good() async throws {
            let patient = try await Patient()
            try await patient.registered()
            let result = try await patient.examine()
            #expect(result.code == 0)
            let parts = [
                "clock", "disk", "bus lan", "device loader", "modem main", "sim main", "signal main", "path a", "dns",
                "reach", "tls", "broker",
            ]
            #expect(Set(result.parts.keys) == Set(parts))
            #expect(result.parts.values.allSatisfy { $0.verdict == "good" && $0.remedy == nil }, "\(result.parts)")
            let text = try await patient.gateway.run("doctor")
            #expect(text.text.split(separator: "\n").count == parts.count)
        }

        @Test("A bus that is closed, a unit that is silent, and one that refuses")
        func field() async throws {
            let patient = try await Patient()
            try await patient.registered()
            let closed = try freePort()
            expect(try await patient.examine(["buses.lan.tcp.port": "\(closed)"]), bad: "bus lan", says: "refused")
            try await patient.loader.tell("fault silent")
            expect(try await patient.examine(), bad: "device loader", says: "does not answer")
            try await patient.loader.tell("fault exception 2")
            expect(try await patient.examine(), bad: "device loader", says: "illegal data address")
        }

        @Test("A modem that is not there, and one that does not answer")
        func modem() async throws {
            let patient = try await Patient()
            try await patient.registered()
            let absent = try await patient.examine(["link.modems.main.at.ports": "[/dev/none]"])
            expect(absent, bad: "modem main", says: "/dev/none")
            #expect(absent.parts["sim main"]?.verdict == "skipped")
            try await patient.tellModem("fault hang")
            expect(try await patient.examine(), bad: "modem main", says: "no answer to AT")
        }

        @Test("A card that is missing, locked, or the wrong one")
        func card() async throws {
            let patient = try await Patient()
            try await patient.registered()
            let binding = "{imei: '490154203237518', iccid: '8986001234567890123', imsi: '460011234567890'}"
            let wrong = try await patient.examine(["link.modems.main.binding": binding])
            #expect(
                wrong.parts.values.contains { $0.verdict == "bad" && $0.finding.contains("commissioned") }
                    || wrong.parts["modem main"]?.verdict == "bad")
            try await patient.tellModem("sim absent")
            expect(try await patient.examine(), bad: "sim main", says: "no card")
            try await patient.tellModem("sim pin 1234")
            expect(try await patient.examine(), bad: "sim main", says: "PIN")
            try await patient.tellModem("sim puk")
            expect(try await patient.examine(), bad: "sim main", says: "PUK")
        }

        @Test("A signal that is weak, a cell that is gone, a network that refuses")
        func signal() async throws {
            let patient = try await Patient()
            try await patient.registered()
            try await patient.tellModem("signal -120 -18 -5")
            expect(try await patient.examine(), bad: "signal main", says: "too weak")
            try await patient.tellModem("signal -109 -14 2")
            let weak = try await patient.examine()
            #expect(weak.code == 0 && weak.parts["signal main"]?.verdict == "warning")
            try await patient.tellModem("no-cell on")
            try await eventually("no cell is heard") {
                try await patient.examine().parts["signal main"]?.verdict == "bad"
            }
            expect(try await patient.examine(), bad: "signal main", says: "no cell")
            try await patient.tellModem("no-cell off")
            try await patient.tellModem("deny 5gmm 7")
            try await eventually("the network refuses") {
                try await patient.examine().parts["signal main"]?.finding.contains("refuses") == true
            }
            expect(try await patient.examine(), bad: "signal main", says: "5gmm cause 7")
        }

        @Test("A path whose interface is gone, and one that nobody answers through")
        func path() async throws {
            let patient = try await Patient()
            try await patient.registered()
            let gone = try await patient.examine(["link.paths.a.device": "none0"])
            expect(gone, bad: "path a", says: "no interface none0")
            let silent = try await patient.examine(["link.paths.a.probe.targets": "[{udp: 192.0.2.1, port: 7}]"])
            expect(silent, bad: "path a", says: "192.0.2.1")
        }

        @Test("A broker's name that nobody knows, a port that is closed, a password that is wrong")
        func broker() async throws {
            let folder = try Folder()
            _ = try await Tool.run("mosquitto_passwd", ["-b", "-c", folder.path("users"), "gw", "right"], in: folder)
            let password = try folder.write("right\n", to: "password")
            let patient = try await Patient(
                broker: "allow_anonymous false\npassword_file \(folder.path("users"))",
                settings: ", username: gw, password_file: \(password)")
            try await patient.registered()
            #expect(try await patient.examine().code == 0)
            let unknown = try await patient.examine(["broker.host": "broker.invalid", "broker.insecure": "true"])
            expect(unknown, bad: "dns", says: "broker.invalid")
            #expect(unknown.parts["broker"]?.verdict == "skipped")
            let closed = try freePort()
            expect(try await patient.examine(["broker.port": "\(closed)"]), bad: "reach", says: "refused")
            _ = try folder.write("wrong\n", to: "password")
            expect(try await patient.examine(), bad: "broker", says: "refuses this gateway")
        }

        @Test("A certificate of another authority, and one for another name")
        func certificates() async throws {
            let folder = try Folder()
            let made = try await Tool.run("\(Tool.root.path)/Scripts/make-test-ca", [folder.path("tls")], in: folder)
            #expect(made.code == 0)
            func patient(_ name: String) async throws -> Patient {
                let tls = folder.path("tls")
                return try await Patient(
                    broker: "cafile \(tls)/ca.pem\ncertfile \(tls)/\(name).pem\nkeyfile \(tls)/\(name).key",
                    settings: ", tls: {ca: \(tls)/ca.pem}")
            }
            let good = try await patient("server")
            try await good.registered()
            #expect(try await good.examine().code == 0)
            let other = try await good.examine(["broker.tls": "{ca: \(folder.path("tls/wrong-ca.pem"))}"])
            expect(other, bad: "tls", says: "certificate")
            let elsewhere = try await patient("elsewhere")
            try await elsewhere.registered()
            expect(try await elsewhere.examine(), bad: "tls", says: "certificate")
        }

        @Test(
            "A folder that cannot be, a disk that is full, one that is read-only",
            .enabled("needs root") { geteuid() == 0 })
        func disk() async throws {
            let patient = try await Patient()
            try await patient.registered()
            let mount = patient.folder.path("disk")
            try FileManager.default.createDirectory(atPath: mount, withIntermediateDirectories: true)
            _ = try await Tool.run("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", mount], in: patient.folder)
            let full = try await patient.examine(["spool.directory": mount])
            expect(full, bad: "disk", says: "free")
            _ = try await Tool.run("mount", ["-o", "remount,ro", mount], in: patient.folder)
            let readOnly = try await patient.examine(["spool.directory": mount])
            _ = try await Tool.run("umount", [mount], in: patient.folder)
            expect(readOnly, bad: "disk", says: "read-only")
        }

        @Test("A clock that nobody keeps right")
        func clock() async throws {
            let patient = try await Patient()
            try await patient.registered()
            let result = try await patient.examine(["clock.source": "kernel"])
            let clock = try #require(result.parts["clock"])
            // The verdict is the kernel's: on a machine with network time all is well.
            #expect(clock.verdict == "good" || clock.remedy?.contains("NTP") == true)
        }

        @Test("A running gateway is asked about what it owns, and its broken parts are told")
        func running() async throws {
            let patient = try await Patient()
            try await patient.registered()
            let child = try await patient.gateway.start()
            try await eventually("the gateway has the modem") {
                try await patient.examine().parts["signal main"]?.verdict == "good"
            }
            let good = try await patient.examine()
            #expect(good.code == 0, "\(good.parts)")
            #expect(good.parts["device loader"]?.finding.contains("running gateway") == true)
            try await patient.loader.tell("fault silent")
            try await patient.tellModem("unplug")
            try await eventually("both are told") {
                let parts = try await patient.examine().parts
                return parts["device loader"]?.verdict == "bad" && parts["modem main"]?.verdict == "bad"
            }
            try await child.stop()
        }

        @Test("A site that is wrong is not examined: its errors come, with exit code 1")
        func wrongSite() async throws {
            let folder = try Folder()
            let site = try folder.write("schema: fg.site/1\n", to: "site.yaml")
            let result = try await GatewayUnderTest(site: site, in: folder).run("doctor")
            #expect(result.code == 1)
            #expect(result.text.contains("gateway"))
        }
    }
}
