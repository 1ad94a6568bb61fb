import FieldGateTesting
import FieldModel
import Foundation
import PeerTesting
import Testing
import UsageWire

@testable import Store

@Suite("How long usage records stay")
struct UsageRetentionTests {
    /// Fills the ledger, two hundred a commit.
    private func fill(_ count: Int, _ usage: UsageHouse, _ journal: UsageJournal, days: Int = 0) async throws {
        for start in stride(from: 0, to: count, by: 200) {
            try await journal.commit((start..<min(start + 200, count)).map { usage.draft($0 + 1) })
            usage.time.advance(by: .seconds(Int64(days) * 86_400 * 200 / Int64(count)))
        }
    }

    @Test("ninety days at two thousand records a day fit into 256 MiB, with everything that SQLite adds")
    func ninetyDays() async throws {
        let usage = try UsageHouse()
        let records = 4000
        try await usage.with { spool, journal async throws in
            try await fill(records, usage, journal)
            let state = spool.state(of: .usage)
            #expect(state.rows >= records && state.dropped == 0)
            let perRecord = Double(state.bytes) / Double(state.rows)
            #expect(perRecord * 180_000 < 256 * 1_048_576, "\(perRecord) bytes a record")
        }
        let attributes = try FileManager.default.attributesOfItem(atPath: usage.house.settings.databasePath)
        let file = try #require(attributes[.size] as? Int)
        let ninetyDays = file / records * 180_000
        #expect(ninetyDays < 256 << 20, "\(file / records) bytes of the file for each record, \(ninetyDays >> 20) MiB")
    }

    @Test("beyond the limit those go that the receiver has acknowledged, counted and told; others never")
    func size() async throws {
        let usage = try UsageHouse()
        usage.house.settings.usageBytes = 1 << 20
        try await usage.with { spool, journal async throws in
            try await fill(2600, usage, journal)
            let state = spool.state(of: .usage)
            #expect(state.bytes > 1 << 20 && state.dropped == 0)
            try await eventually("the fullness is told") {
                Self.events(spool).contains { $0.contains("usage_overfull") }
            }
            let record = try #require(try await spool.records().first { $0.sequence == 400 })
            let receipt = UsageReceipt(gateway: record.gateway, epoch: 1, sequence: 400, hash: record.hash)
            journal.acknowledge(receipt) { _ in }
            usage.time.advance(by: .seconds(61))
            try await eventually("they go") { spool.state(of: .usage).dropped > 0 }
            try await journal.commit([usage.draft(5000)])
            let left = try await spool.all(.usage, after: spool.state(of: .usage).dropped)
            #expect(left.first?.identity.sequence == 401, "not one more than was acknowledged")
            #expect(spool.state(of: .usage).dropped == 400)
            try await eventually("the drop is told") { Self.events(spool).contains { $0.contains("usage_dropped") } }
            #expect(verdict(try left.map { try UsageRecord($0.body) }).findings.isEmpty)
        }
        try await usage.with { spool, journal async throws in try await journal.commit([usage.draft(5001)]) }
        #expect(usage.notices.all.isEmpty)
    }

    @Test("after four hundred days they go, but for the newest, from which the chain goes on")
    func age() async throws {
        let usage = try UsageHouse()
        try await usage.with { spool, journal async throws in
            try await fill(2300, usage, journal)
            usage.time.advance(by: .seconds(401 * 86_400))
            try await journal.commit([usage.draft(9000)])
            try await journal.commit([usage.draft(9001)])
            let state = spool.state(of: .usage)
            #expect(state.dropped > 200 && state.rows == 2048)
            #expect(try await journal.commit([usage.draft(9002)]) == state.last + 1)
        }
    }

    private static func events(_ spool: SpoolStore) -> [String] {
        spool.rows(of: .event, after: 0, limit: 100).compactMap { row in
            guard case .event(let batch)? = RowCodec.decode(row.body) else { return nil }
            return "\(batch.fields)"
        }
    }
}
