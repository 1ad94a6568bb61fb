import FieldGateTesting
import FieldModel
import PeerTesting
import Store
import Testing

@Suite("A spool whose process is killed")
struct SpoolCrashTests {
    @Test("holds a gapless prefix, and lacks no row older than a commit interval", arguments: 0..<6)
    func killed(round: Int) async throws {
        let house = try SpoolHouse()
        let writer = try Peer(Place.product("SpoolFiller"), [house.settings.directory, "200"], in: house.folder)
        // Each round is cut at another place.
        try await writer.says("\n\(900 + round * 137) ")
        writer.kill()
        let said = writer.text.split(separator: "\n").dropLast().map { $0.split(separator: " ").compactMap { Int($0) } }
        let appended = said.filter { $0.count == 2 }

        try await house.with { spool in
            #expect(house.notices.isEmpty && spool.epoch == 1)
            let telemetry = try await spool.all(.telemetry).map { Self.number($0.body) }
            let events = try await spool.all(.event).map { Self.number($0.body) }
            // A row's number tells its stream, so the rows of both are one sequence.
            #expect(telemetry == (0..<telemetry.count).map { $0 / 9 * 10 + $0 % 9 + 1 })
            #expect(events == (0..<events.count).map { $0 * 10 + 10 })
            let stored = max(telemetry.last ?? 0, events.last ?? 0)
            let firstMissing = stored + 1
            let killedAt = try #require(appended.last)[1]
            guard let missing = appended.first(where: { $0[0] == firstMissing }) else { return }
            // Events are committed at once, and the telemetry before them with them; the rest allows for a busy machine.
            #expect(killedAt - missing[1] <= 200 + 2000)
            try await spool.commit([body(1)])
            #expect(spool.last(of: .telemetry) == UInt64(telemetry.count + 1))
        }
    }

    private static func number(_ body: [UInt8]) -> Int { Int(String(decoding: body, as: UTF8.self)) ?? 0 }
}
