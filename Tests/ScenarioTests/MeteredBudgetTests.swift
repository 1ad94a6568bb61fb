import Foundation
import Testing

extension Scenarios {
    @Suite("The plan's quota", .enabled("network namespaces need root") { geteuid() == 0 })
    struct MeteredBudgetTests {
        private static let (bulk, control) = (7101, 7104)
        private let folder: Folder

        init() throws { folder = try Folder() }

        @Test("At 80 % bulk is slowed, at 100 % it all but stops and back-fill waits; control goes on as before")
        func spent() async throws {
            let yard = try await MeteredYard(in: folder)
            let quota = 4_000_000
            let metering = "plan: {quota: 4MB, slow_bulk: 1Mbit/s}, volume: 100kB"
            let gateway = try MeteredGateway(yard, .init(metering: metering, link: "  report_every: 1s"))
            let process = try await gateway.begin()
            let heard = try await yard.subscribe("fg/#")
            func stages() -> [String] {
                heard.messages.filter { $0["event"] == "usage_budget" }.compactMap { $0["stage"] }
            }
            let loads = [
                try yard.load(.gateway, rate: 10, kinds: "stream"), try yard.load(.gateway, rate: 1, kinds: "control"),
            ]
            try await eventually("it is slowed") { stages() == ["slow"] }
            try await eventually("bulk is shaped") { try await yard.bulkCeiling() == "1Mbit" }
            #expect(process.text.contains("the plan's quota: slow"))
            try await eventually("it is spent") { stages() == ["slow", "spent"] }
            try await eventually("bulk is stopped") { try await yard.bulkCeiling() == "8Kbit" }
            let (bulk, control) = (try yard.up(to: Self.bulk), try yard.up(to: Self.control))
            try await eventually("control goes on") { try yard.up(to: Self.control) > control + 30_000 }
            // What stood in the queue, which is one superpacket and a little.
            let more = try yard.up(to: Self.bulk) - bulk
            #expect(more < 150_000, "\(more)")
            try await backfillWaits(yard, gateway, heard)
            let forecast = try await yard.subscribe("fg/v1/\(MeteredGateway.name)/usage/forecast")
            try await eventually("the forecast is kept") { forecast.messages.contains(where: \.retained) }
            let document = try #require(forecast.messages.last?.payload)
            #expect(document["schema"] as? String == "fg.forecast/1" && document["stage"] as? String == "spent")
            #expect(document["quota"] as? Int == quota && document["used"] as? Int ?? 0 >= quota)
            for load in loads {
                load.signal(SIGTERM)
                _ = try await load.exitCode()
            }
            try await yard.settle()
            #expect(try await process.stop() == 0)
            let records = try await gateway.records()
            // The kernel's quota throws away what connections have counted: that is taken back, or still owed at the end.
            #expect(records.up + records.owed == (try yard.air().up), "\(records.up) \(records.owed)")
            #expect(try yard.up(to: Self.bulk) < quota + 200_000)
        }

        /// Without a broker telemetry collects; when it is back, events and records pass and telemetry waits.
        private func backfillWaits(_ yard: MeteredYard, _ gateway: MeteredGateway, _ heard: Child) async throws {
            try await yard.stopBroker()
            try await eventually("telemetry waits") { try await backlog(gateway) > 10 }
            try yard.startBroker()
            let after = try await eventuallySubscribed(yard)
            try await eventually("what is new passes") {
                after.messages.contains { $0.topic.hasSuffix("/usage") && $0.payload["replayed"] as? Bool != true }
            }
            #expect(!after.messages.contains { $0.topic.contains("/tele/") && $0.payload["replayed"] as? Bool == true })
            #expect(try await backlog(gateway) > 10)
        }

        private func eventuallySubscribed(_ yard: MeteredYard) async throws -> Child {
            try await eventually("the broker is back") {
                (try? await yard.run(.cloud, ["mosquitto_pub", "-h", MeteredYard.cloud, "-t", "x", "-m", "x"])) != nil
            }
            return try await yard.subscribe("fg/#")
        }

        private func backlog(_ gateway: MeteredGateway) async throws -> Int {
            let state = try object(try await gateway.ask("spool", "--json").text)
            let streams = state["streams"] as? [[String: Any]] ?? []
            let telemetry = streams.first {
                $0["stream"] as? String == "telemetry" || $0["name"] as? String == "telemetry"
            }
            return (telemetry?["last"] as? Int ?? 0) - (telemetry?["settled"] as? Int ?? 0)
        }
    }
}

extension MeteredYard {
    /// What the shaper lets bulk have at most, as `tc` says it.
    fileprivate func bulkCeiling() async throws -> String {
        let shown = try await run(.gateway, ["tc", "class", "show", "dev", "wwan0"])
        let line = shown.split(separator: "\n").first { $0.contains(":30 ") } ?? ""
        let words = line.split(separator: " ").map(String.init)
        return words.firstIndex(of: "ceil").map { words[$0 + 1] } ?? String(line)
    }
}
