import FieldModel
import UsageWire

/// How far one gateway's epoch has come: number and hash of the last record that was accepted.
package struct ChainHead: Hashable, Sendable {
    /// The hash its first record rests on; empty before that one came.
    package var genesis = ""
    /// 0 before the first record.
    package var sequence: UInt64 = 0
    package var hash = ""
    /// Of a chain that was taken over midway: the last record that is not held here, nor any before it. 0 of a whole one.
    package var begins: UInt64 = 0
    /// The latest close of a record whose time was believed.
    package var closed = Timestamp(microseconds: 0)
    /// Since the last checkpoint: what the next one has to sum up.
    package var open = Sums(from: 1)
    /// Why the record after the head was not accepted, when one came that was bad.
    package var stop: String?

    package struct Sums: Hashable, Sendable {
        /// 0 where nobody knows: the chain was taken over between two checkpoints.
        package var from: UInt64
        package var up: Int64 = 0
        package var down: Int64 = 0

        package init(from: UInt64, up: Int64 = 0, down: Int64 = 0) {
            self.from = from
            self.up = up
            self.down = down
        }
    }

    package init() {}

    /// What a record is to the chain.
    package enum Verdict: Hashable, Sendable {
        /// It is the next, and right.
        case next
        /// At or below the head: whether it is a double, its hash tells.
        case known
        /// A number is missing before it.
        case beyond
        /// The chain was taken over behind it.
        case before
        /// It cannot be what the gateway sealed, or not under this number.
        case bad(AlarmKind, String)
    }

    /// `isIntact`: its content gives the hash it carries. Without a ring signatures are not looked at.
    package func judge(_ record: UsageRecord, isIntact: Bool, ring: inout UsageKeyRing?) -> Verdict {
        guard isIntact else {
            return .bad(
                .tampered,
                record.isMasked
                    ? "its identities are masked, so it cannot be checked: export it with 'fieldgate usage export --full'"
                    : "its content does not give the hash it carries: it was changed after it was sealed")
        }
        if record.sequence < begins { return .before }
        if record.sequence == begins {
            return record.hash == hash || sequence > begins
                ? .before : .bad(.conflict, "it is not the record behind which this chain was taken over")
        }
        if record.sequence == 1, sequence > 0, record.previous != genesis {
            return .bad(
                .reusedEpoch,
                "epoch \(record.epoch) begins a second time, with another genesis: a store was made anew under an old "
                    + "number, two gateways have this name, or somebody plays the gateway: ask its owner")
        }
        if record.sequence <= sequence { return .known }
        guard record.sequence == sequence + 1 else { return .beyond }
        if let fault = linkFault(record) { return .bad(.wrongLink, fault) }
        guard let checkpoint = record.checkpoint else {
            guard ring != nil, record.sequence - open.from >= UInt64(UsageSealer.checkpointRecords) else {
                return .next
            }
            return .bad(
                .wrongSignature,
                "a checkpoint belongs here: the \(UsageSealer.checkpointRecords) records before it are not signed, and this "
                    + "gateway's key is known")
        }
        if let fault = checkpointFault(checkpoint) { return .bad(.wrongCheckpoint, fault) }
        if let fault = ring?.judge(record) { return .bad(.wrongSignature, fault) }
        return .next
    }

    /// Goes on to a record that was judged to be the next.
    package mutating func accept(_ record: UsageRecord, closed time: Timestamp?) {
        if record.sequence == 1 { genesis = record.previous }
        sequence = record.sequence
        hash = record.hash
        stop = nil
        if let time { closed = max(closed, time) }
        if record.checkpoint != nil {
            open = Sums(from: record.sequence + 1)
        } else if let volume = record.draft.volume {
            open.up &+= volume.deltaUp
            open.down &+= volume.deltaDown
        }
    }

    private func linkFault(_ record: UsageRecord) -> String? {
        guard record.sequence == 1 else {
            return record.previous == hash
                ? nil
                : "its 'prev' is not the hash of record \(sequence): a record was changed, or it is of another chain"
        }
        guard let genesis = record.genesis else {
            return "the first record of an epoch is a boot record with its genesis, and this is none"
        }
        let expected = UsageRecord.genesisHash(genesis, gateway: record.gateway, epoch: record.epoch)
        return record.previous == expected ? nil : "its 'prev' is not the hash of the genesis it shows"
    }

    private func checkpointFault(_ checkpoint: UsageCheckpoint) -> String? {
        guard checkpoint.through == sequence, checkpoint.head == hash else {
            return "the checkpoint speaks of another record than \(sequence)"
        }
        if open.from == 0 { return nil }
        guard checkpoint.from == open.from, checkpoint.sumUp == open.up, checkpoint.sumDown == open.down else {
            return "the checkpoint sums up records \(checkpoint.from) on to \(checkpoint.sumUp) up and "
                + "\(checkpoint.sumDown) down; they are \(open.from) on, \(open.up) and \(open.down)"
        }
        return nil
    }
}
