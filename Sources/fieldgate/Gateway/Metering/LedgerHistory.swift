import FieldModel
import Platform
import Store
import UsageWire

/// The ledger's records, newest first, for whoever may wait for the disk.
final class LedgerHistory: UsageHistory {
    private static let patience = Duration.seconds(30)

    private let journal: UsageJournal
    private let spool: any Spool
    private let time: any TimeSource

    init(_ journal: UsageJournal, spool: any Spool, time: any TimeSource) {
        (self.journal, self.spool, self.time) = (journal, spool, time)
    }

    func records(before sequence: UInt64?, limit: Int) throws(SpoolFault) -> [UsageEntry] {
        let through = (sequence ?? spool.last(of: .usage) + 1) - 1
        guard through > 0 else { return [] }
        var from = through >= UInt64(limit) ? through - UInt64(limit) + 1 : 1
        var entries: [UsageEntry] = []
        // The ledger gives so many bytes at once.
        while from <= through {
            let rows = try rows(from: from, through: through)
            guard let last = rows.last else { break }
            entries += rows.compactMap(entry)
            from = last.identity.sequence + 1
        }
        return entries.reversed()
    }

    private func entry(_ row: SpoolRow) -> UsageEntry? {
        // What is damaged is the verifier's to tell.
        guard let record = try? UsageRecord(row.body) else { return nil }
        var draft = record.draft
        if draft.connection == nil { draft.boot = record.boot }
        return UsageEntry(epoch: row.identity.epoch, sequence: row.identity.sequence, draft: draft)
    }

    private func rows(from: UInt64, through: UInt64) throws(SpoolFault) -> [SpoolRow] {
        let answer = Monitor<[SpoolRow]?>(nil)
        journal.records(from: from, through: through, limit: 500) { rows in
            answer.signal { state in
                state = rows
                return true
            }
        }
        let deadline = time.now() + Self.patience
        let rows: [SpoolRow]? = answer.wait { state in
            state != nil || time.now() >= deadline ? .done(state) : .pause(.milliseconds(100))
        }
        guard let rows else { throw .unavailable("the usage records could not be read within \(Self.patience)") }
        return rows
    }
}
