import FieldGateTesting
import FieldModel
import Foundation
import PeerTesting
import Store
import Testing

@Suite("A spool whose power is cut")
struct SpoolPowerTests {
    /// Each cut is another disk: unsynced writes are missing, torn, or there without those before them.
    @Test("has every row that it called committed, and nothing else than a gapless beginning", arguments: 0..<4)
    func cuts(round: Int) async throws {
        let house = try SpoolHouse()
        let log = house.folder.path("power.log")
        let writer = try Peer(
            Place.product("SpoolFiller"), [house.settings.directory, "50", log], in: house.folder)
        try await writer.says("\n\(2000 + round * 777) ")
        writer.kill()
        let epoch = try Data(contentsOf: URL(filePath: house.settings.directory + "/epoch"))
        let power = try PowerLog(path: log)
        let first = try #require(power.steps.firstIndex { if case .mark = $0 { true } else { false } })
        var random = SeededRandom(seed: UInt64(round))
        var lost = 0
        for cut in 0..<50 {
            let end = Int.random(in: first...power.steps.count, using: &random)
            let (mark, files) = power.disk(cutBefore: end, &random)
            let after = try SpoolHouse(below: house.folder.path("cut-\(cut)"))
            try FileManager.default.createDirectory(
                atPath: after.settings.directory, withIntermediateDirectories: true)
            for (name, content) in files {
                try content.write(to: URL(filePath: after.settings.directory + "/" + name))
            }
            try epoch.write(to: URL(filePath: after.settings.directory + "/epoch"))
            try await after.with { spool in
                #expect(after.notices.isEmpty && spool.epoch == 1)
                #expect(spool.last(of: .event) >= mark)
                let events = try await spool.all(.event).map { String(decoding: $0.body, as: UTF8.self) }
                #expect(events == (0..<events.count).map { "\($0 * 10 + 10)" })
                let telemetry = try await spool.all(.telemetry).map { Int(String(decoding: $0.body, as: UTF8.self)) }
                #expect(telemetry == (0..<telemetry.count).map { $0 / 9 * 10 + $0 % 9 + 1 })
                if telemetry.count < events.count * 9 { lost += 1 }
                try await spool.commit([body(1)], to: .event)
            }
            try FileManager.default.removeItem(atPath: after.settings.directory)
        }
        // Rows are numbered in order of acceptance: an event without the telemetry before it would be a hole.
        #expect(lost == 0)
    }
}
