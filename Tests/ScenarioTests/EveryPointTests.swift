import Foundation
import Testing

extension Scenarios {
    @Suite("Every point, decoded twice")
    struct EveryPointTests {
        @Test(
            "Every point of a frozen machine equals what another decoder makes of mbpoll's registers",
            arguments: ["loader", "drone", "sensor"])
        func equalsIndependentDecoder(kind: String) async throws {
            let folder = try Folder()
            let broker = try await Broker(in: folder)
            let mosquitto = try await broker.start()
            let machine = try await Machine(
                kind, on: kind == "sensor" ? .line : .tcp, in: folder, options: ["--time-scale", "200", "--seed", "7"])
            try await Task.sleep(for: .seconds(1))
            try await machine.tell("freeze")
            let unpolled = try unpolledPoints(of: kind)
            let rows = try DataSheet(of: kind).rows.filter { !unpolled.contains($0.name) }
            let published = try await values(of: kind, machine, broker, rows, folder)
            for row in rows {
                let raw = try await registers(of: row, machine, kind, folder)
                try compare(published[row.name], with: row.decode(raw), row)
            }
            #expect(rows.count > 25)
            try await mosquitto.stop()
        }

        private let profiles = ["loader": "wheel-loader", "drone": "inspection-drone", "sensor": "dust-sensor"]

        /// The points that the profile only writes.
        private func unpolledPoints(of kind: String) throws -> Set<String> {
            let profile = Tool.root.appending(path: "Firmware-Config/profiles/\(profiles[kind] ?? "").yaml")
            let entries = try String(contentsOf: profile, encoding: .utf8).components(separatedBy: "\n  - {id: ")
            let unpolled = entries.dropFirst().filter { $0.contains("access: write,") }
            return Set(unpolled.compactMap { $0.split(separator: ",").first.map(String.init) })
        }

        /// Lets a gateway publish until it has told every one of the rows.
        private func values(
            of kind: String, _ machine: Machine, _ broker: Broker, _ rows: [DataSheet.Row], _ folder: Folder
        ) async throws -> [String: Any] {
            let profile = profiles[kind] ?? ""
            let bus =
                kind == "sensor" ? "rtu: {device: \(machine.line)}" : "tcp: {host: 127.0.0.1, port: \(machine.port)}"
            let site = try folder.write(
                """
                schema: fg.site/1
                gateway: {id: twice}
                broker: {host: 127.0.0.1, port: \(broker.port)}
                spool: {directory: \(folder.path("spool")), commit_interval: 50ms}
                buses: [{id: b, \(bus)}]
                devices: [{id: \(kind), bus: b, profile: \(Tool.root.path)/Firmware-Config/profiles/\(profile).yaml}]

                """, to: "site.yaml")
            let subscriber = try await broker.subscribe("fg/v1/twice/tele/+")
            let gateway = try await GatewayUnderTest(site: site, in: folder).start()
            var values: [String: Any] = [:]
            try await eventually("every point is published") {
                for message in subscriber.messages { values.merge(message.values) { _, new in new } }
                return rows.allSatisfy { values[$0.name] != nil }
            }
            #expect(try await gateway.stop() == 0)
            return values
        }

        private func registers(
            of row: DataSheet.Row, _ machine: Machine, _ kind: String, _ folder: Folder
        ) async throws -> [UInt16] {
            let type = ["coil": "0", "discrete": "1", "input": "3:hex", "holding": "4:hex"][row.table] ?? ""
            let way =
                kind == "sensor" ? ["-m", "rtu", "-b", "19200", "-P", "even"] : ["-m", "tcp", "-p", "\(machine.port)"]
            let place = kind == "sensor" ? machine.line : "127.0.0.1"
            let arguments =
                way + [
                    "-a", "1", "-t", type, "-0", "-r", "\(row.address)", "-c", "\(row.registers)", "-1", "-q", place,
                ]
            let result = try await Tool.run("mbpoll", arguments, in: folder)
            // `[12]:  0x00FF`, or `[12]:  1` for a bit.
            let values = result.text.split(separator: "\n").filter { $0.hasPrefix("[") }.compactMap { line -> UInt16? in
                let text = line.split(separator: ":").last.map { $0.trimmingCharacters(in: .whitespaces) } ?? ""
                return text.hasPrefix("0x") ? UInt16(text.dropFirst(2), radix: 16) : UInt16(text)
            }
            try #require(values.count == row.registers, "mbpoll on \(row): \(result.text)")
            return values
        }

        private func compare(_ published: Any?, with expected: Any, _ row: DataSheet.Row) throws {
            switch expected {
            case let expected as Bool: #expect(published as? Bool == expected, "\(row)")
            case let expected as String: #expect(published as? String == expected, "\(row)")
            case let expected as Double:
                let value = try #require(published as? Double, "\(row): \(String(describing: published))")
                let tolerance = abs(expected) * (row.type == "f32" ? 1e-6 : 1e-12) + 1e-9
                #expect(abs(value - expected) <= tolerance, "\(row): published \(value), registers say \(expected)")
            default: Issue.record("no value for \(row)")
            }
        }
    }
}
