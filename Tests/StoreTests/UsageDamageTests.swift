import FieldGateTesting
import FieldModel
import Foundation
import PeerTesting
import SQLite
import Testing
import UsageWire

@testable import Store

@Suite("Damage to the usage ledger")
struct UsageDamageTests {
    /// Ten records, and whoever has had some of them.
    private func damaged(_ numbers: [Int], publishedThrough: UInt64 = 0) async throws -> UsageHouse {
        let usage = try UsageHouse()
        try await usage.with(signs: false) { spool, journal async throws in
            _ = spool.cursor(of: "mqtt", in: .usage)
            for part in 1...9 { try await journal.commit([usage.draft(part)]) }
            spool.settle(.usage, through: publishedThrough, by: "mqtt")
            try await spool.commit([[1]], to: .event)
        }
        let database = try Database.open(usage.house.settings.databasePath, .create)
        for number in numbers {
            try database.execute(
                "UPDATE usage SET body = CAST(substr(body, 1, 200) || x'00' || substr(body, 202) AS BLOB) "
                    + "WHERE seq = \(number)")
        }
        return usage
    }

    @Test("at its end is taken off by name, kept aside, and a gap recorded; the chain goes on")
    func tornTail() async throws {
        let usage = try await damaged([9, 10])
        try await usage.with { spool, journal async throws in
            try await eventually("the gap is recorded") { spool.last(of: .usage) >= 9 }
            #expect(usage.notices.all.count == 1)
            #expect(usage.notices.all[0].contains("usage records 9 to 10 at the end of the chain could not be read"))
            try await journal.commit([usage.draft(12)])
            let records = try await spool.records()
            #expect(records[8].draft.kind == .gap)
            #expect(records[8].draft.notes.contains(UsageNote("torn_from", "9")))
            #expect(records[8].draft.notes.contains(UsageNote("torn_to", "10")))
            #expect(verdict(records).findings.isEmpty)
            #expect(spool.state.deadLetters == 2)
        }
    }

    @Test("at its end that the platform has seen sets the file aside: no number is given twice")
    func seenTail() async throws {
        let usage = try await damaged([10], publishedThrough: 10)
        try await usage.with { spool, journal async throws in
            #expect(spool.epoch == 2 && spool.last(of: .usage) == 0)
            #expect(usage.notices.all.contains { $0.contains("it is kept as") && $0.contains("record 10") })
            try await journal.commit([usage.draft(1)])
        }
    }

    @Test("in the middle is said, and nothing behind it is lost")
    func middle() async throws {
        let usage = try await damaged([5])
        try await usage.with { spool, journal async throws in
            #expect(usage.notices.all == ["usage record 5 is damaged; those behind it are not"])
            try await journal.commit([usage.draft(10)])
            #expect(try await spool.all(.usage).count == 12)
        }
    }

    @Test("of rows that are gone altogether is found too")
    func missing() async throws {
        let usage = try await damaged([])
        let database = try Database.open(usage.house.settings.databasePath, .create)
        try database.execute("DELETE FROM usage WHERE seq > 8")
        try await usage.with { spool, _ async throws in #expect(spool.epoch == 2) }
    }

    @Test("kill -9 at any moment leaves a chain that verifies and lacks nothing that was committed", arguments: 0..<6)
    func killed(round: Int) async throws {
        let usage = try UsageHouse()
        let filler = try Peer(Place.product("UsageFiller"), [usage.house.settings.directory], in: usage.house.folder)
        // Each round is cut at another place.
        try await eventually("it has appended enough") {
            filler.text.split(separator: "\n").count > 150 + round * 67 && filler.isRunning
        }
        filler.kill()
        let said = filler.text.split(separator: "\n").dropLast().compactMap { UInt64($0) }
        try await usage.with(gateway: "filler") { spool, journal async throws in
            #expect(usage.notices.all.isEmpty && spool.epoch == 1)
            #expect(spool.last(of: .usage) >= said.max() ?? .max)
            try await journal.commit([usage.draft(1)])
            let records = try await spool.records()
            let found = verdict(records, key: journal.verifyingKey)
            #expect(
                found.faults.isEmpty && found.first == 1 && found.last == spool.last(of: .usage), "\(found.findings)")
            #expect(found.signatures > 0)
        }
    }

    @Test(
        "a full disk loses no record that was stored, and takes the rest when there is room",
        .enabled("this machine does not let the test mount a file system") { await MountedFolder.isPermitted() })
    func fullDisk() async throws {
        let disk = try await MountedFolder(size: "1m")
        let usage = try UsageHouse(below: disk.path + "/spool")
        usage.house.settings.memoryBytes = 200_000
        let answers = Heard()
        var sent = 0
        try await usage.with { spool, journal async throws in
            try await eventually("the disk is full") {
                if spool.state.pending < 20, spool.state.alarm == nil {
                    sent += 1
                    journal.append([usage.draft(sent)]) { answers.hear($0.map(String.init) ?? "refused") }
                }
                usage.time.advance(by: .seconds(2))
                return spool.state.alarm != nil
            }
            let stored = spool.last(of: .usage)
            #expect(stored > 0)
            #expect(verdict(try await spool.records()).findings.isEmpty)
            // Beyond the memory allowed a whole group is refused, and said so.
            try await eventually("memory is full") {
                for _ in 0..<20 {
                    sent += 1
                    journal.append([usage.draft(sent)]) { answers.hear($0.map(String.init) ?? "refused") }
                }
                return answers.all.contains("refused")
            }
            try await disk.remount("size=16m")
            usage.time.advance(by: .seconds(2))
            try await eventually("everything is answered") {
                usage.time.advance(by: .seconds(2))
                return answers.all.count == sent
            }
            let refused = answers.all.count { $0 == "refused" }
            let interims = try await spool.records().count { $0.draft.kind == .interim }
            #expect(interims == sent - refused && refused > 0)
            #expect(verdict(try await spool.records()).faults.isEmpty)
        }
    }
}
