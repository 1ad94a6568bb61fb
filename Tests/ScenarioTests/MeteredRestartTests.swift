import Foundation
import Testing

extension Scenarios {
    @Suite("Metering through restarts", .enabled("network namespaces need root") { geteuid() == 0 })
    struct MeteredRestartTests {
        private let folder: Folder

        init() throws { folder = try Folder() }

        @Test(
            "Helper and gateway are killed and started again while connections begin and end: nothing is lost or doubled"
        )
        func restarts() async throws {
            let yard = try await MeteredYard(in: folder)
            let gateway = try MeteredGateway(yard)
            var process = try await gateway.begin()
            let loads = [
                try yard.load(.gateway, kinds: "up,down,datagrams,control,small,small,small"),
                try yard.load(.machine, kinds: "up,datagrams"),
            ]
            for round in 1...3 {
                let before = try yard.air().up
                try await eventually("traffic, and ends of connections") { try yard.air().up > before + 500_000 }
                yard.killHelper()
                if round == 2 { process.kill() }
                // Connections end while nobody hears of it.
                let ended = try await stops(gateway)
                try await eventually("traffic without a helper") { try yard.air().up > before + 1_500_000 }
                try await yard.startHelper()
                if round == 2 { process = try gateway.start() }
                try await gateway.counts(process, "exact")
                try await eventually("ends are recorded") { try await stops(gateway) > ended }
            }
            for load in loads {
                load.signal(SIGTERM)
                _ = try await load.exitCode()
            }
            try await yard.settle()
            #expect(try await process.stop() == 0)
            let records = try await gateway.records()
            let air = try yard.air()
            #expect(records.up == air.up && records.down == air.down, "\(records.up) \(records.down) \(air)")
            // Of short TCP connections by other programs, headers that segmentation offload hides stay without a connection.
            #expect(abs(records.looseUp) <= air.up / 25, "\(records.looseUp) of \(air.up)")
            // While the helper was away the kernel's queue may fill, and it tells of an end later than two looks: the
            // connection is then given up with a gap, and goes on with the next part.
            let gaps = records.of("gap")
            #expect(gaps.allSatisfy { $0.notes["reason"] == "end_lost" }, "\(gaps.map(\.members))")
            let ends = records.of("stop")
            #expect(Set(ends.map(\.connection)).count >= ends.count - gaps.count && ends.count > 20)
            #expect(Set(ends.map { $0.connection + ["\($0.number("part"))"] }).count == ends.count)
            let verified = try await gateway.ask("usage", "verify")
            #expect(verified.code == 0, "\(verified.text)")
        }

        private func stops(_ gateway: MeteredGateway) async throws -> Int {
            try await gateway.records().of("stop").count
        }
    }
}

extension UsageLines.Line {
    fileprivate var connection: [String] { [self["boot_id"], self["ct_start_ns"], self["ct_id"], self["tuple_h"]] }
}
