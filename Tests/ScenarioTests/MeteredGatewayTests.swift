import BillTesting
import Foundation
import PeerTesting
import Testing

extension Scenarios {
    /// Fewer bytes than the emulator counted would be given away, more would be charged for nothing.
    @Suite("From the air to the invoice", .enabled("network namespaces need root") { geteuid() == 0 })
    struct MeteredGatewayTests {
        private let folder: Folder

        init() throws { folder = try Folder() }

        @Test(
            "What passes the air is recorded, delivered to two desks, stored once and invoiced, to the byte",
            .enabled("PostgreSQL is not installed") { PostgresServer.isInstalled })
        func invoice() async throws {
            let yard = try await MeteredYard(in: folder)
            let early = try await BillingDesk("early", in: yard)
            let gateway = try MeteredGateway(yard, .init(receiver: early.receiverKey))
            let process = try await gateway.begin()
            let heard = try await yard.subscribe("fg/+/+/usage", "fg/+/+/usage/ack", "fg/+/+/usage/replay")
            try await withAKilledDesk(yard, early, heard, gateway)
            try await yard.settle()
            #expect(try await process.stop() == 0)
            let air = try yard.air()
            let (files, records) = try await gateway.export()
            #expect(air.up > 500_000 && air.down > 300_000, "\(air)")
            #expect(records.up == air.up && records.down == air.down, "\(records.up) \(records.down) \(air)")
            #expect(abs(records.looseUp) <= 65_536, "\(records.looseUp)")
            #expect(records.of("gap").isEmpty && !records.withVolume.contains { $0.isEstimated })
            try await toolsAgree(gateway, files, air)

            let late = try await BillingDesk(
                "late", at: .gateway, store: PostgresServer.shared.value.freshDatabase(), in: yard)
            try await deliverTheRest(gateway, to: [early, late], through: records.last)
            let byFile = try await BillingDesk("file", in: yard)
            for file in files {
                #expect(try await byFile.run("ingest", file).contains(", 0 known, 0 waiting, 0 refused"))
                for desk in [early, late] {
                    #expect(try await desk.run("ingest", file).contains(": 0 new,"))
                }
            }
            for desk in [early, late, byFile] {
                #expect(try await desk.rated(records.months) == air.up + air.down)
                #expect(try await desk.alarms().isEmpty)
            }
            let total = try await early.invoiced(records.months)
            #expect(total == air.up + air.down)
        }

        /// The desk is killed while records arrive, misses some, and is started again: it asks for them, and the gateway
        /// hears how far they are kept.
        private func withAKilledDesk(
            _ yard: MeteredYard, _ desk: BillingDesk, _ heard: Child, _ gateway: MeteredGateway
        ) async throws {
            let consumer = try await desk.consume()
            let loads = [
                try yard.load(.gateway, kinds: "up,down,datagrams,fragments,control,small"),
                try yard.load(.machine, kinds: "up,down,datagrams"),
            ]
            try await eventually("some are stored") { try await desk.head() > 5 }
            consumer.kill()
            let stored = try await desk.head()
            try await eventually("some pass it by") { heard.sequences.max() ?? 0 > stored + 20 }
            let again = try await desk.consume()
            for load in loads {
                load.signal(SIGTERM)
                _ = try await load.exitCode()
            }
            try await eventually("the missed ones are stored") { try await desk.head() >= stored + 20 }
            #expect(heard.messages.contains { $0.topic.hasSuffix("/usage/replay") })
            #expect(heard.messages.contains { $0.topic.hasSuffix("/usage") && $0.payload["replayed"] as? Bool == true })
            #expect(try await again.stop() == 0)
            // Its last words say how far it is.
            let head = try await desk.head()
            try await eventually("the gateway knows what is kept") {
                try receipt(yard) == head
            }
        }

        /// The cursor of the receiver in the gateway's store.
        private func receipt(_ yard: MeteredYard) throws -> Int {
            let sql = "SELECT settled FROM cursor WHERE consumer = 'receiver'"
            return Int(try Sqlite.ask(yard.folder.path("spool/spool.db"), sql)) ?? 0
        }

        private func toolsAgree(_ gateway: MeteredGateway, _ files: [String], _ air: MeteredYard.Air) async throws {
            let shown = try await gateway.ask("usage", "show", "--json", "--by", "day,class,path")
            let lines = try #require(
                JSONSerialization.jsonObject(with: Data(shown.text.utf8)) as? [[String: Any]], "\(shown.text)")
            func sum(_ name: String) -> Int { lines.reduce(0) { $0 + (($1[name] as? Int) ?? 0) } }
            #expect(sum("up") == air.up && sum("down") == air.down, "\(shown.text)")
            let verified = try await gateway.ask("usage", "verify")
            #expect(verified.code == 0, "\(verified.text)")
            let words = try await gateway.ask("usage", "key").text.split(whereSeparator: \.isWhitespace)
            let key = words.map(String.init).first { $0.count == 64 } ?? ""
            for file in files {
                let one = try await Tool.run(
                    "fieldgate", ["usage", "verify", "--file", file, "--key", key], in: folder)
                #expect(one.code == 0, "\(one.text)")
            }
            let windows = try await gateway.reconciliation()["windows"] as? [[String: Any]] ?? []
            func windowed(_ name: String) -> Int { windows.reduce(0) { $0 + (($1[name] as? Int) ?? 0) } }
            #expect(windowed("interface_up") == air.up && windowed("interface_dn") == air.down, "\(windows)")
            #expect(windowed("connections_up") + windowed("unattributed_up") == air.up, "\(windows)")
            #expect(windows.allSatisfy { $0["verdict"] as? String == "right" }, "\(windows)")
        }

        /// The air is silent by now, so a broker on the machine itself carries what is left, and a desk that begins only
        /// now asks for everything.
        private func deliverTheRest(_ gateway: MeteredGateway, to desks: [BillingDesk], through last: Int) async throws
        {
            let configuration = try folder.write(
                "listener 1883 127.0.0.1\nallow_anonymous true\nuser root\n", to: "near.conf")
            _ = try gateway.yard.child(.gateway, [Tool.path("mosquitto"), "-c", configuration])
            var consumers: [Child] = []
            for desk in desks {
                try desk.hear(at: .gateway)
                consumers.append(try await desk.consume(at: .gateway))
            }
            let process = try gateway.start([
                "--set", "broker.host=127.0.0.1", "--set", "broker.receiver_key=\(desks[1].receiverKey)",
            ])
            for desk in desks {
                try await eventually("everything is stored; the gateway says: \(process.text.suffix(1500))") {
                    try await desk.head() >= last
                }
            }
            #expect(try await process.stop() == 0)
            for consumer in consumers { #expect(try await consumer.stop() == 0) }
        }
    }
}

extension Child {
    /// Numbers of the usage records that a subscriber has heard.
    var sequences: [Int] {
        messages.filter { $0.topic.hasSuffix("/usage") }.compactMap {
            ($0.payload["record"] as? [String: Any])?["seq"] as? Int
        }
    }
}
