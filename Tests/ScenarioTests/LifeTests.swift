import Foundation
import Testing

extension Scenarios {
    @Suite("Life and death of the gateway")
    struct LifeTests {
        private let folder: Folder
        private let broker: Broker

        init() async throws {
            folder = try Folder()
            broker = try await Broker(in: folder)
        }

        /// A site of fleet devices: register 0 of each counts its reads, so that a lost row leaves a hole.
        private func fleetSite(devices: Int, port: Int, commit: String = "200ms") throws -> GatewayUnderTest {
            let profile = try folder.write(
                """
                schema: fg.profile/1
                id: counter
                groups: {all: {period: 20ms}}
                points:
                  - {id: count, table: holding, address: 0, type: u16, group: all}
                  - {id: "hr{n}", series: {from: 1, to: 99}, table: holding, address: 1, type: u16, group: all}

                """, to: "counter.yaml")
            let buses = (0..<devices).map { "  - {id: b\($0), tcp: {host: 127.0.0.1, port: \(port + $0)}}" }
            let list = (0..<devices).map { "  - {id: d\($0), bus: b\($0), profile: \(profile)}" }
            let site = try folder.write(
                """
                schema: fg.site/1
                gateway: {id: life}
                broker: {host: 127.0.0.1, port: \(broker.port)}
                spool: {directory: \(folder.path("spool")), commit_interval: \(commit)}
                buses:
                \(buses.joined(separator: "\n"))
                devices:
                \(list.joined(separator: "\n"))

                """, to: "site.yaml")
            return GatewayUnderTest(site: site, in: folder)
        }

        private func fleet(devices: Int) async throws -> (child: Child, port: Int) {
            // Consecutive ports, so the first is tried until all are free.
            for _ in 0..<20 {
                let port = Int.random(in: 20_000..<50_000)
                let child = try Child(
                    "fieldsim", ["fleet", "--devices", "\(devices)", "--port", "\(port)", "--registers", "100"],
                    in: folder)
                try await eventually("the fleet listens or gives up") {
                    !child.isRunning || isListening(port + devices - 1)
                }
                if child.isRunning { return (child, port) }
            }
            throw Missing(what: "no \(devices) free ports in a row")
        }

        @Test(
            "Twenty kill -9 under load: every sequence arrives, and at most one commit interval of readings is missing each"
        )
        func twentyKills() async throws {
            let (devices, commit, period) = (2, 0.2, 0.02)
            let fleet = try await fleet(devices: devices)
            let mosquitto = try await broker.start()
            let gateway = try fleetSite(devices: devices, port: fleet.port)
            let subscriber = try await broker.subscribe("fg/v1/life/tele/+")
            for round in 1...20 {
                let heard = subscriber.lines.count
                let child = try await gateway.start()
                try await eventually("rows arrive in round \(round)") { subscriber.lines.count > heard + 30 }
                child.kill()
            }
            let last = try await gateway.start()
            try await eventually("it is online") { last.text.contains("broker connected") }
            #expect(try await last.stop() == 0)
            let stored = try object(try await gateway.run("spool", ["--json"]).text)
            let streams = try #require(stored["streams"] as? [[String: Any]])
            let telemetry = try #require(streams.first { $0["stream"] as? String == "telemetry" })
            let committed = try #require(telemetry["last"] as? Int)
            #expect(telemetry["settled"] as? Int == committed)
            try await eventually("the last row arrives") { subscriber.messages.contains { $0.sequence == committed } }

            let rows = subscriber.messages.filter { $0.topic.contains("/tele/") }
            let numbers = Set(rows.compactMap(\.sequence))
            #expect(
                numbers == Set(1...committed), "missing: \(Set(1...committed).subtracting(numbers).sorted().prefix(20))"
            )
            #expect(Set(rows.compactMap { $0.payload["epoch"] as? Int }) == [1])
            try expectCounters(rows, devices: devices, allowed: Int(commit / period) + 15)
            for row in rows where rows.count(where: { $0.sequence == row.sequence }) > 1 {
                let copies = rows.filter { $0.sequence == row.sequence }
                #expect(Set(copies.map { NSDictionary(dictionary: $0.values) }).count == 1, "a number means two rows")
                break
            }
            try await mosquitto.stop()
            try await fleet.child.stop()
        }

        /// The devices count their reads: whatever was read and never arrived shows as a step of more than one.
        ///
        /// `allowed` per kill: one commit interval of reads, and some for the time the kill itself takes on a busy machine.
        private func expectCounters(_ rows: [Message], devices: Int, allowed: Int) throws {
            for device in 0..<devices {
                let own = rows.filter { $0["dev"] == "d\(device)" }.sorted { ($0.sequence ?? 0) < ($1.sequence ?? 0) }
                var counts: [Int] = []
                var seen: Set<Int> = []
                for row in own where seen.insert(row.sequence ?? 0).inserted {
                    if let count = row.values["count"] as? Int { counts.append(count) }
                }
                let steps = zip(counts, counts.dropFirst()).map { ($1 - $0 + 65_536) % 65_536 }
                let holes = steps.filter { $0 != 1 }
                #expect(holes.count <= 20, "device \(device): \(holes.count) holes for 20 kills")
                #expect(holes.allSatisfy { $0 >= 1 && $0 - 1 <= allowed }, "device \(device): holes of \(holes)")
            }
        }

        @Test("SIGTERM drains what is spooled, says good-bye, and exits 0 within five seconds")
        func terminates() async throws {
            let fleet = try await fleet(devices: 1)
            let mosquitto = try await broker.start()
            let gateway = try fleetSite(devices: 1, port: fleet.port, commit: "10s")
            let subscriber = try await broker.subscribe("fg/v1/life/tele/+", "fg/v1/life/status")
            let child = try await gateway.start()
            try await eventually("it is online") { subscriber.messages.contains { $0["state"] == "online" } }
            child.signal(SIGTERM)
            #expect(try await child.exitCode(within: 6) == 0)
            try await eventually("it says good-bye") {
                subscriber.messages.last { $0.topic.hasSuffix("status") }?["reason"] == "stopped"
            }
            let spool = try object(try await gateway.run("spool", ["--json"]).text)
            let telemetry = try #require((spool["streams"] as? [[String: Any]])?.first)
            #expect(telemetry["last"] as? Int == telemetry["settled"] as? Int)
            #expect(telemetry["rows"] as? Int == 0)
            try await mosquitto.stop()
        }

        @Test("When it is killed, the broker publishes its Will with the session that died")
        func will() async throws {
            let fleet = try await fleet(devices: 1)
            let mosquitto = try await broker.start()
            let gateway = try fleetSite(devices: 1, port: fleet.port)
            let subscriber = try await broker.subscribe("fg/v1/life/status")
            let child = try await gateway.start()
            try await eventually("it is online") { subscriber.messages.contains { $0["state"] == "online" } }
            let session = subscriber.messages.last { $0["state"] == "online" }?["session"]
            child.kill()
            try await eventually("the Will comes") { subscriber.messages.last?["state"] == "offline" }
            #expect(subscriber.messages.last?["session"] == session)
            try await mosquitto.stop()
        }

        @Test("A second gateway on the same spool is refused, with the folder and the process in the message")
        func secondGateway() async throws {
            let fleet = try await fleet(devices: 1)
            let gateway = try fleetSite(devices: 1, port: fleet.port)
            let first = try await gateway.start()
            let second = try await gateway.run("run")
            #expect(second.code == 2)
            #expect(second.text.contains("another gateway (process \(first.pid))"))
            #expect(second.text.contains(folder.path("spool")))
            #expect(first.isRunning)
            #expect(try await gateway.run("status").code == 0)
            try await first.stop()
            #expect(try await gateway.run("status").code == 3)
        }

        @Test(
            "The service manager hears READY once and WATCHDOG on and on, though the device is dead and there is no broker"
        )
        func watchdog() async throws {
            let listener = try NotifyListener(path: folder.path("notify"))
            let gateway = try fleetSite(devices: 1, port: try freePort())
            let child = try await gateway.start(
                environment: ["NOTIFY_SOCKET": folder.path("notify"), "WATCHDOG_USEC": "3000000"])
            try await eventually("it is ready") { listener.messages.contains { $0.hasPrefix("READY=1") } }
            try await eventually("it keeps the watchdog quiet") {
                listener.messages.filter { $0 == "WATCHDOG=1" }.count >= 3
            }
            #expect(try await child.stop() == 0)
            #expect(listener.messages.filter { $0.hasPrefix("READY=1") }.count == 1)
            #expect(listener.messages.contains("STOPPING=1"))
        }

        @Test("The broker stopped and started again three times under load: nothing is missing")
        func brokerRestarts() async throws {
            let fleet = try await fleet(devices: 1)
            var mosquitto = try await broker.start()
            let gateway = try fleetSite(devices: 1, port: fleet.port)
            var heard: [Message] = []
            // Its session survives in the broker: what was not delivered to it comes when it is back.
            var subscriber = try await broker.subscribe("fg/v1/life/tele/+", id: "counter-\(broker.port)")
            let child = try await gateway.start()
            for round in 1...3 {
                let before = subscriber.lines.count
                try await eventually("rows arrive in round \(round)") { subscriber.lines.count > before + 20 }
                try await mosquitto.stop()
                subscriber.kill()
                heard += subscriber.messages
                mosquitto = try await broker.start()
                subscriber = try await broker.subscribe("fg/v1/life/tele/+", id: "counter-\(broker.port)")
            }
            try await eventually("it is online again") {
                child.text.components(separatedBy: "broker connected").count >= 5
            }
            #expect(try await child.stop() == 0)
            let spool = try object(try await gateway.run("spool", ["--json"]).text)
            let last = try #require((spool["streams"] as? [[String: Any]])?.first?["last"] as? Int)
            try await eventually("the last row arrives") { subscriber.messages.contains { $0.sequence == last } }
            heard += subscriber.messages
            let numbers = Set(heard.compactMap(\.sequence))
            #expect(Set(1...last).subtracting(numbers).isEmpty)
            try await mosquitto.stop()
        }
    }
}

/// Stands in for the service manager's socket.
final class NotifyListener: @unchecked Sendable {
    // `@unchecked`: used from the test's task only.
    private let descriptor: Int32
    private var heard: [String] = []

    init(path: String) throws {
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix(100)) }
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard status == 0 else { throw Missing(what: "a notify socket at \(path)") }
    }

    deinit {
        close(descriptor)
    }

    var messages: [String] {
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            guard count > 0 else { return heard }
            heard.append(String(decoding: buffer[..<count], as: UTF8.self))
        }
    }
}
