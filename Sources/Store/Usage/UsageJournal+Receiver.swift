import FieldModel
import Platform
import SQLite
import UsageWire

/// What became of a receiver's word.
package enum UsageReceiptVerdict: Hashable, Sendable {
    /// The records up to there may go when room is needed.
    case taken(UInt64)
    /// Of an epoch before, or of another gateway: nothing to do.
    case ignored
    /// The receiver has a chain of this gateway that this store does not know: it was made anew. The next start begins
    /// an epoch above both.
    case superseded(String)
}

extension UsageJournal {
    private static let mostEpochsAhead: UInt32 = 100_000

    /// A receiver says how far it has the chain. `then` is called on the spool's thread.
    package func acknowledge(_ receipt: UsageReceipt, then: @escaping @Sendable (UsageReceiptVerdict) -> Void) {
        guard receipt.gateway == gateway, receipt.epoch >= epoch else { return spool.enqueue { _ in then(.ignored) } }
        // No store was made anew so often; a number near the last one would leave none for the next epoch.
        guard receipt.epoch - epoch <= Self.mostEpochsAhead else {
            notice(
                "a receipt of usage records speaks of epoch \(receipt.epoch), and this store is at \(epoch): somebody else "
                    + "speaks in the receiver's name; set broker.receiver_key, and see who may publish on usage/ack")
            return spool.enqueue { _ in then(.ignored) }
        }
        let spool = self.spool
        spool.enqueue { [weak self] engine in
            guard let self else { return }
            guard let foreign = Self.difference(receipt, engine) else {
                spool.settle(.usage, through: receipt.sequence, by: SpoolEngine.receiver.consumer)
                return then(.taken(receipt.sequence))
            }
            supersede(receipt, engine)
            then(.superseded(foreign))
        }
    }

    /// Reads stored records from number `from` on, at most `limit`. `then` is called on the spool's thread.
    package func records(
        from: UInt64, through: UInt64, limit: Int, then: @escaping @Sendable ([SpoolRow]) -> Void
    ) {
        spool.enqueue { engine in
            let count = min(UInt64(limit), through >= from ? through - from + 1 : 0)
            let rows = try? engine.table(.usage).rows(
                after: from - 1, limit: Int(count), bytes: 128 << 10, epoch: engine.epoch)
            then((rows ?? []).filter { $0.identity.sequence <= through })
        }
    }

    /// Committed records numbered below `sequence`, or up to the newest where it is nil; newest first, at most `limit`.
    /// Blocks on the disk. What cannot be read is passed over.
    package func history(
        before sequence: UInt64?, limit: Int
    ) throws(SpoolFault) -> [(epoch: UInt32, sequence: UInt64, draft: UsageDraft)] {
        let rows = spool.run { engine -> [SpoolRow]? in
            let end = min(sequence ?? .max, UInt64(engine.table(.usage).counts.last) + 1)
            let start = end > UInt64(limit) + 1 ? end - UInt64(limit) - 1 : 0
            let rows = try? engine.table(.usage).rows(after: start, limit: limit, bytes: .max, epoch: engine.epoch)
            return rows?.filter { $0.identity.sequence < end }
        }
        guard let rows = rows ?? nil else { throw .unavailable("the usage records cannot be read") }
        return rows.reversed().compactMap { row in
            (try? UsageRecord(row.body)).map { (row.identity.epoch, row.identity.sequence, $0.draft) }
        }
    }

    /// How the receipt disagrees with what is stored; nil when it doesn't.
    private static func difference(_ receipt: UsageReceipt, _ engine: SpoolEngine) -> String? {
        if receipt.epoch > engine.epoch {
            return "the receiver knows epoch \(receipt.epoch), this store \(engine.epoch)"
        }
        let last = UInt64(engine.table(.usage).counts.last)
        if receipt.sequence > last { return "the receiver has record \(receipt.sequence), this store only \(last)" }
        guard receipt.sequence > 0,
            let row = try? engine.table(.usage).rows(
                after: receipt.sequence - 1, limit: 1, bytes: .max, epoch: engine.epoch
            ).first, row.identity.sequence == receipt.sequence, let record = try? UsageRecord(row.body)
            // Dropped already, or unreadable: nothing to compare.
        else { return nil }
        return record.hash == receipt.hash ? nil : "the receiver has another record \(receipt.sequence)"
    }

    private func supersede(_ receipt: UsageReceipt, _ engine: SpoolEngine) {
        do throws(DatabaseError) {
            try SpoolOpening.remember(max(receipt.epoch, engine.epoch + 1), spool.settings)
        } catch {
            notice("the epoch that the receiver knows cannot be stored: \(error.message)")
        }
    }
}
