import Foundation
import Testing

extension Scenarios {
    @Suite("Faults of devices, brokers and configuration")
    struct FaultTests {
        private let folder: Folder
        private let broker: Broker

        init() async throws {
            folder = try Folder()
            broker = try await Broker(in: folder)
        }

        private func site(_ machines: [(id: String, port: Int)], broker text: String? = nil) throws -> GatewayUnderTest
        {
            let buses = machines.map { "  - {id: \($0.id), timeout: 200ms, tcp: {host: 127.0.0.1, port: \($0.port)}}" }
            let devices = machines.map {
                "  - {id: \($0.id), bus: \($0.id), profile: \(Tool.root.path)/Firmware-Config/profiles/wheel-loader.yaml}"
            }
            let site = try folder.write(
                """
                schema: fg.site/1
                gateway: {id: faults}
                broker: \(text ?? "{host: 127.0.0.1, port: \(broker.port)}")
                spool: {directory: \(folder.path("spool")), commit_interval: 50ms}
                buses:
                \(buses.joined(separator: "\n"))
                devices:
                \(devices.joined(separator: "\n"))

                """, to: "site.yaml")
            return GatewayUnderTest(site: site, in: folder)
        }

        @Test(
            "A device that misbehaves has its quality published, comes back, and its neighbour misses nothing",
            arguments: [
                ("silent", "bad.timeout"), ("slow 600ms", "bad.timeout"), ("exception 4", "bad.exception(4)"),
                ("wrong-unit", "bad.protocol"), ("wrong-function", "bad.protocol"), ("junk", "bad."),
                ("truncate", "bad.timeout"), ("close", "bad.disconnected"), ("wrong-transaction", "bad.protocol"),
            ])
        func deviceFaults(fault: String, quality: String) async throws {
            let mosquitto = try await broker.start()
            let sick = try await Machine("loader", in: folder)
            let well = try await Machine("loader", in: folder)
            let subscriber = try await broker.subscribe("fg/v1/faults/tele/+")
            let gateway = try site([("sick", sick.port), ("well", well.port)])
            let child = try await gateway.start()
            func good(_ device: String) -> Int {
                subscriber.messages.filter { $0["dev"] == device && $0.values["EngineSpeed"] is Double }.count
            }
            try await eventually("both are good") { good("sick") > 0 && good("well") > 0 }
            try await sick.tell("fault \(fault)")
            try await eventually("\(fault) shows as \(quality)") {
                subscriber.messages.contains {
                    $0["dev"] == "sick" && $0.qualities["EngineSpeed"]?.hasPrefix(quality) == true
                }
            }
            let before = good("well")
            try await eventually("the neighbour goes on") { good("well") > before + 5 }
            let status = try await gateway.status()
            let devices = try #require(status["devices"] as? [[String: Any]])
            #expect(devices.first { $0["id"] as? String == "well" }?["failures"] as? Int == 0)
            try await sick.tell("fault none")
            let bad = good("sick")
            try await eventually("it comes back") { good("sick") > bad }
            #expect(try await child.stop() == 0)
            try await mosquitto.stop()
        }

        @Test("A device that is off is said to be disconnected, and is found when it comes on")
        func deviceOff() async throws {
            let mosquitto = try await broker.start()
            let subscriber = try await broker.subscribe("fg/v1/faults/#")
            let port = try freePort()
            let child = try await site([("late", port)]).start()
            try await eventually("it is disconnected") {
                subscriber.messages.contains { $0.qualities["EngineSpeed"] == "bad.disconnected" }
            }
            #expect(subscriber.messages.contains { $0["event"] == "device_state" && $0["state"] == "bad" })
            let loader = try Child("fieldsim", ["loader", "--port", "\(port)"], in: folder)
            try await eventually("it is found") { subscriber.messages.contains { $0.values["EngineSpeed"] is Double } }
            let failures = subscriber.messages.filter { $0.qualities["EngineSpeed"] == "bad.disconnected" }
            #expect(failures.count == 1, "the failure is told once")
            #expect(try await child.stop() == 0)
            try await loader.stop()
            try await mosquitto.stop()
        }

        @Test(
            "A broker that refuses, hangs or talks nonsense is named, and rows wait",
            arguments: ["off", "mute", "garbage"])
        func brokerFaults(kind: String) async throws {
            let loader = try await Machine("loader", in: folder)
            let stranger =
                kind == "off"
                ? nil : try StrangeBroker(answer: kind == "mute" ? [] : Array("HTTP/1.1 400 Bad\r\n\r\n".utf8))
            let port = try stranger?.port ?? freePort()
            let gateway = try site([("loader", loader.port)], broker: "{host: 127.0.0.1, port: \(port)}")
            let child = try await gateway.start()
            try await eventually("the reason is logged", within: 40) {
                child.text.contains("no broker") && child.text.contains("127.0.0.1:\(port)")
            }
            try await eventually("rows wait") {
                let spool = try object(try await gateway.run("spool", ["--json"]).text)
                return (spool["streams"] as? [[String: Any]])?.first?["last"] as? Int ?? 0 > 0
            }
            let status = try await gateway.status()
            #expect(status["broker"] as? String != "online")
            #expect(try await child.stop() == 0)
        }

        @Test("Every error of a broken site is told at once, with its place, and the exit code is 1")
        func check() async throws {
            let site = try folder.write(
                """
                schema: fg.site/1
                gateway: {id: g}
                broker: {host: mqtt.example.com, prot: 1}
                spool: {directory: spool}
                buses: [{id: a, tcp: {host: 127.0.0.1, port: 70000}}]
                devices: [{id: d, bus: b, profile: none.yaml}]

                """, to: "broken.yaml")
            let result = try await Tool.run("fieldgate", ["check", "--config", site, "--json"], in: folder)
            #expect(result.code == 1)
            let problems = try #require(try object(result.text)["problems"] as? [[String: Any]])
            let paths = problems.compactMap { $0["path"] as? String }
            for path in ["broker", "broker.prot", "buses[0].tcp.port", "devices[0].bus", "devices[0].profile"] {
                #expect(paths.contains(path), "\(path) in \(paths)")
            }
            #expect(
                problems.allSatisfy { ($0["line"] as? Int ?? 0) > 0 && ($0["remedy"] as? String)?.isEmpty == false })
            let run = try await Tool.run("fieldgate", ["run", "--config", site], in: folder)
            #expect(run.code == 1)
        }

        @Test("A spool folder that cannot be written is refused with what to do")
        func unwritableSpool() async throws {
            let loader = try await Machine("loader", in: folder)
            _ = try folder.write("", to: "file")
            let gateway = GatewayUnderTest(
                site: try site([("loader", loader.port)]).site, set: ["spool.directory": folder.path("file/below")],
                in: folder)
            let result = try await gateway.run("run")
            #expect(result.code == 2)
            #expect(result.text.contains("spool.directory"))
        }
    }
}

/// Takes TCP connections, and is no MQTT broker.
final class StrangeBroker: Sendable {
    let port: Int
    private let descriptor: Int32

    init(answer: [UInt8]) throws {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        port = try freePort()
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0 ? listen(descriptor, 8) : -1
            }
        }
        guard status == 0 else { throw Missing(what: "a listening socket") }
        self.descriptor = descriptor
        Thread.detachNewThread {
            while true {
                let client = accept(descriptor, nil, nil)
                guard client >= 0 else { return }
                // The gateway hangs up in the end; until then the connection is held.
                if !answer.isEmpty { _ = send(client, answer, answer.count, Int32(MSG_NOSIGNAL)) }
            }
        }
    }

    deinit {
        shutdown(descriptor, Int32(SHUT_RDWR))
        close(descriptor)
    }
}
