import Foundation
import Testing

extension Scenarios {
    @Suite("Records and the modem", .enabled("network namespaces need root") { geteuid() == 0 })
    struct MeteredSessionTests {
        private let folder: Folder

        init() throws { folder = try Folder() }

        @Test("Records name card, modem, cell, radio, slice and session; another radio and a released session cut them")
        func subscription() async throws {
            let (yard, gateway, process) = try await begin()
            let heard = try await yard.subscribe("fg/+/+/usage", "fg/+/+/event/gateway")
            // The made-up road has another cell every three seconds.
            try yard.tellModem("cell 7 33 7001")
            let load = try yard.load(.gateway, rate: 2, kinds: "stream,control")
            try await eventually("a record of the session, in that cell") {
                try await traffic(gateway).contains { $0.number("pdu") == 1 && $0["tac"] == "1b59" }
            }
            let status = try yard.tellModem("status")
            let record = try #require(try await traffic(gateway).last { $0.number("pdu") == 1 })
            let cell = try #require(status["cell"] as? [String: Any])
            let card = try #require(status["sim"] as? [String: Any])
            #expect(record["iccid"] == card["iccid"] as? String && record["imei"] == status["imei"] as? String)
            #expect(
                record["cell"].uppercased() == cell["id"] as? String
                    && record["tac"].uppercased() == cell["tac"] as? String)
            #expect(
                record["plmn"] == "00101" && record["rat"] == "nr-sa" && record["dnn"] == "internet"
                    && record["path"] == "a")
            #expect(record["snssai"].hasPrefix("1"), "\(record.members)")

            try yard.tellModem("cell 9 77 6699 rat lte")
            try await eventually("records of the other radio") {
                try await traffic(gateway).contains { $0["rat"] == "lte" }
            }
            let cut = try await traffic(gateway).filter { $0["cause"] == "rat_change" }
            var causes = try await self.causes(gateway)
            #expect(!cut.isEmpty && cut.allSatisfy { $0["rat"] == "nr-sa" }, "\(causes)")

            try yard.tellModem("renew")
            try await eventually("records of the next session") {
                try await traffic(gateway).contains { $0.number("pdu") == 2 }
            }
            let released = try await traffic(gateway).filter { $0["cause"] == "pdu_release" }
            causes = try await self.causes(gateway)
            #expect(!released.isEmpty && released.allSatisfy { $0.number("pdu") == 1 }, "\(causes)")
            load.signal(SIGTERM)
            _ = try await load.exitCode()
            try await yard.settle()
            #expect(try await process.stop() == 0)
            let records = try await gateway.records()
            let air = try yard.air()
            #expect(records.up == air.up && records.down == air.down, "\(records.up) \(records.down) \(air)")
            #expect(straddling(records).isEmpty, "\(straddling(records))")
            #expect(!heard.messages.contains { $0["event"] == "usage_session_differs" })
        }

        @Test(
            "Both sides of each session are named, whatever the firmware's counters do; a false one alarms, and never rules"
        )
        func reconciled() async throws {
            let (yard, gateway, process) = try await begin()
            let heard = try await yard.subscribe("fg/+/+/event/gateway")
            try yard.tellModem("counters anew on")
            for (number, habit) in [(1, "right"), (2, "exchanged on"), (3, "refused on")] {
                // Both sides are counted from the first answer on, and an answer is up to a report old.
                try await eventually("the modem has answered in session \(number)") {
                    let open = try await gateway.sessions().last { $0["session"] as? Int == number } ?? [:]
                    return open["to"] as? String ?? "" > open["from"] as? String ?? ""
                }
                try await carry(1.5, rate: 8, yard) { if number > 1 { try yard.tellModem("counters \(habit)") } }
                if number == 3 { try yard.tellModem("counters refused off") }
                let open = try await stands(gateway, session: number)
                #expect(open["verdict"] as? String == "right", "\(open)")
                #expect(try difference(open, "up") < 20_000 && difference(open, "dn") < 20_000, "\(habit): \(open)")
                #expect(open["host_up"] as? Int ?? 0 > 300_000, "\(open)")
                try yard.tellModem("counters right")
                try yard.tellModem("counters anew on")
                try await nextSession(yard, gateway, after: number)
            }
            // Released in the midst of it: neither side is asked at the very moment.
            let fast = try yard.load(.gateway, rate: 30, kinds: "stream", seconds: 2.5)
            let before = try yard.air().up
            try await eventually("it is fast") { try yard.air().up > before + 2_500_000 }
            try await nextSession(yard, gateway, after: 4)
            #expect(try await fast.exitCode() == 0)
            try await eventually("it was judged") {
                try await gateway.sessions().contains { $0["session"] as? Int == 4 && $0["over"] as? Bool == true }
            }
            #expect(!heard.messages.contains { $0["event"] == "usage_session_differs" })
            try yard.tellModem("counters percent 40")
            try await nextSession(yard, gateway, after: 5)
            try await carry(4, rate: 20, yard) {}
            // What passed between the last two answers is allowed for: the one after it tells.
            try await eventually("the false counters are an alarm") {
                try await gateway.sessions().last { $0["session"] as? Int == 6 }?["verdict"] as? String == "alarm"
            }
            let asked = try await gateway.ask("usage", "reconcile")
            #expect(asked.code == 7 && asked.text.contains("alarm"), "\(asked.text)")
            try await nextSession(yard, gateway, after: 6)
            try await eventually("the alarm is told") {
                heard.messages.contains { $0["event"] == "usage_session_differs" }
            }
            let told = try #require(heard.messages.first { $0["event"] == "usage_session_differs" })
            #expect(told.payload["session"] as? Int == 6)
            #expect(told.payload["modem_up"] as? Int ?? 0 < (told.payload["host_up"] as? Int ?? 0) / 2)
            try await yard.settle()
            #expect(try await process.stop() == 0)
            let records = try await gateway.records()
            let air = try yard.air()
            #expect(records.up == air.up && records.down == air.down, "\(records.up) \(records.down) \(air)")
        }

        private func begin() async throws -> (MeteredYard, MeteredGateway, Child) {
            let yard = try await MeteredYard(in: folder, modem: .init())
            let gateway = try MeteredGateway(yard, .init(hasModem: true, link: "  report_every: 1s"))
            let process = try await gateway.begin()
            try await eventually("the first session") {
                try await gateway.sessions().contains { $0["session"] as? Int == 1 }
            }
            return (yard, gateway, process)
        }

        private func traffic(_ gateway: MeteredGateway) async throws -> [UsageLines.Line] {
            try await gateway.records().withVolume.filter(\.hasConnection)
        }

        private func causes(_ gateway: MeteredGateway) async throws -> [String] {
            try await traffic(gateway).map { "\($0["cause"]) \($0.number("pdu")) \($0["rat"]) \($0["snssai"])" }
        }

        /// Traffic for so long, with something that happens in the midst of it.
        private func carry(
            _ seconds: Double, rate: Double, _ yard: MeteredYard, _ inTheMidst: () throws -> Void
        ) async throws {
            let load = try yard.load(.gateway, rate: rate, kinds: "stream", seconds: seconds)
            let before = try yard.air()
            try await eventually("half of it") { try yard.air().up > before.up + Int(seconds * 200_000) }
            try inTheMidst()
            #expect(try await load.exitCode() == 0)
        }

        /// Records of one connection, or of one class without, that overlap although session or radio changed in between.
        private func straddling(_ records: UsageLines) -> [String] {
            var last: [[String]: UsageLines.Line] = [:]
            var found: [String] = []
            for record in records.withVolume where record["path"] == "a" {
                let lane = [record["tuple_h"], record["src"], "\(record.number("class"))"]
                if let before = last.updateValue(record, forKey: lane),
                    before.number("pdu") != record.number("pdu") || before["rat"] != record["rat"],
                    before.number("t_close") > record.number("t_open")
                {
                    found.append("\(before.members) \(record.members)")
                }
            }
            return found
        }

        /// The session's statement, once the modem was asked after the traffic had ended: its answer waits for a report.
        private func stands(_ gateway: MeteredGateway, session: Int) async throws -> [String: Any] {
            let settled = (Date() + 3).formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
            var open: [String: Any] = [:]
            try await eventually("session \(session) is compared after \(settled)") {
                open = try await gateway.sessions().last { $0["session"] as? Int == session } ?? [:]
                return open["to"] as? String ?? "" > settled
            }
            return open
        }

        private func difference(_ session: [String: Any], _ way: String) throws -> Int {
            let host = try #require(session["host_\(way)"] as? Int)
            return abs(host - (try #require(session["modem_\(way)"] as? Int)))
        }

        private func nextSession(_ yard: MeteredYard, _ gateway: MeteredGateway, after number: Int) async throws {
            try yard.tellModem("renew")
            try await eventually("session \(number + 1)") {
                try await gateway.sessions().contains { $0["session"] as? Int == number + 1 }
            }
        }
    }
}
