import FieldModel
import UsageWire

/// The record behind which a desk takes over a gateway's chain: older ones are gone, or another desk has them.
package struct ChainStart: Hashable, Sendable {
    package var gateway: String
    package var epoch: UInt32
    package var sequence: UInt64
    /// `h` of that record.
    package var hash: String
    /// Its checkpoint was read: what comes behind it is summed up anew.
    package var isCheckpoint: Bool

    package init(gateway: String, epoch: UInt32, sequence: UInt64, hash: String, isCheckpoint: Bool = false) {
        self.gateway = gateway
        self.epoch = epoch
        self.sequence = sequence
        self.hash = hash
        self.isCheckpoint = isCheckpoint
    }

    /// Behind a checkpoint.
    package init(_ checkpoint: UsageRecord) {
        self.init(
            gateway: checkpoint.gateway, epoch: checkpoint.epoch, sequence: checkpoint.sequence, hash: checkpoint.hash,
            isCheckpoint: true)
    }

    func refusal(_ head: ChainHead) -> StoreFault {
        let known =
            head.begins > 0
            ? "begins behind record \(head.begins) and goes to \(head.sequence)"
            : "goes from record 1 to \(head.sequence)"
        return .refused(
            "gateway \(gateway), epoch \(epoch) \(known) here already: only a chain that has no record here can be begun; "
                + "ingest what follows")
    }
}

extension ChainHead {
    /// Takes a chain over behind a record.
    mutating func begin(_ start: ChainStart) {
        (begins, sequence, hash, stop) = (start.sequence, start.sequence, start.hash, nil)
        open = Sums(from: start.isCheckpoint ? start.sequence + 1 : 0)
    }
}

extension BillingLedger {
    /// What waited behind the record is taken at once; what waited before it is not held.
    ///
    /// Throws `refused` when records of this chain were accepted before.
    package func begin(_ start: ChainStart, at time: Timestamp) throws(StoreFault) -> IngestReport {
        try transaction { () throws(StoreFault) -> IngestReport in
            var batch = try IngestionBatch(self, received: time)
            try batch.begin(start, ChainBook.Key(gateway: try gatewayNumberOrNew(start.gateway), epoch: start.epoch))
            try batch.finish()
            return batch.report
        }
    }

    /// When the first record counts that is held of a chain.
    package func firstHeld(of gateway: String, epoch: UInt32) throws(StoreFault) -> Timestamp? {
        guard let number = try gatewayNumber(gateway) else { return nil }
        return try first(
            "SELECT at FROM usage WHERE gw = ?1 AND epoch = ?2 ORDER BY seq LIMIT 1",
            [.integer(number), .whole(epoch)]
        ) { Timestamp(microseconds: $0.integer(0)) }
    }
}
