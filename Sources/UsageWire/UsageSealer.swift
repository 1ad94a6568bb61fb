import FieldModel
import Signing

/// Seals drafts into one epoch's chain: numbers, hashes, the first `boot` record, checkpoints where they are due.
///
/// A value: whoever commits keeps a copy of it, and goes back to that when the commit fails.
package struct UsageSealer: Sendable {
    /// A checkpoint comes after so many records, or so long after the first that none has signed.
    package static let checkpointRecords = 1000
    package static let checkpointPeriod = Duration.seconds(300)

    package struct Head: Hashable, Sendable {
        package var sequence: UInt64
        package var hash: String

        package init(sequence: UInt64, hash: String) {
            self.sequence = sequence
            self.hash = hash
        }
    }

    /// Records that no checkpoint has signed.
    private struct Open: Sendable {
        var from: UInt64
        var count = 0
        var sumUp: Int64 = 0
        var sumDown: Int64 = 0
        /// The boot clock, microseconds, when the first was sealed.
        var since: Int64 = 0
    }

    package let gateway: String
    package let epoch: UInt32
    /// /proc/sys/kernel/random/boot_id: of records that name no boot themselves.
    package let boot: String
    package private(set) var head: Head
    private let genesis: UsageGenesis
    private var open = Open(from: 1)
    private var key: SigningKey

    /// A chain that begins. `last` is the head of the epoch before, where it is known.
    package init(gateway: String, epoch: UInt32, boot: String, after last: String?, key: SigningKey) {
        self.gateway = gateway
        self.epoch = epoch
        self.boot = boot
        self.key = key
        genesis = .new(after: last)
        head = Head(sequence: 0, hash: UsageRecord.genesisHash(genesis, gateway: gateway, epoch: epoch))
    }

    /// A chain that goes on behind `head`. `unsigned` are the records since the last checkpoint: they are signed with
    /// the next records, however long ago they were made.
    package init(
        gateway: String, epoch: UInt32, boot: String, head: Head, unsigned: [UsageRecord], key: SigningKey
    ) {
        self.gateway = gateway
        self.epoch = epoch
        self.boot = boot
        self.head = head
        self.key = key
        genesis = UsageGenesis(nonce: "", last: nil)
        open = Open(from: head.sequence + 1 - UInt64(unsigned.count), since: .min / 2)
        for record in unsigned { count(record.draft) }
    }

    package var verifyingKey: VerifyingKey { key.verifying }

    /// When the next checkpoint is due, on the boot clock; nil when every record is signed.
    package var checkpointDue: Int64? {
        open.count == 0 ? nil : open.since + Self.checkpointPeriod.wholeNanoseconds / 1000
    }

    /// The drafts as records in their order, with what must stand before and between them. `now` stamps those.
    ///
    /// Every draft must be free of `problems`.
    package mutating func seal(_ drafts: [UsageDraft], at now: UsageTimes) -> [UsageRecord] {
        var records: [UsageRecord] = []
        if head.sequence == 0, drafts.first?.kind != .boot, !drafts.isEmpty {
            records.append(link(UsageDraft(.boot, times: now), at: now))
        }
        for draft in drafts {
            records.append(link(draft, at: now))
            if open.count >= Self.checkpointRecords { records.append(checkpoint(at: now)) }
        }
        if let due = checkpointDue, due <= now.monotonic { records.append(checkpoint(at: now)) }
        return records
    }

    /// Signs what is not signed yet. With `next`, that key signs from then on.
    package mutating func checkpoint(at now: UsageTimes, next: SigningKey? = nil) -> UsageRecord {
        var times = now
        // As far as the boot clock says; a clock that was set in between makes no span longer.
        let age = open.count > 0 && open.since > 0 ? max(0, now.monotonic - open.since) : 0
        times.open = Timestamp(microseconds: now.close.microseconds - age)
        var draft = UsageDraft(.checkpoint, times: times)
        draft.boot = boot
        var record = following(draft)
        record.checkpoint = UsageCheckpoint(
            from: open.from, through: head.sequence, head: head.hash, sumUp: open.sumUp, sumDown: open.sumDown,
            nextKey: next?.verifying.text, keyID: key.verifying.id)
        let signature = key.sign(record.signedMessage)
        record.checkpoint?.signature = Hex.text(signature)
        if let next { key = next }
        finish(&record)
        open = Open(from: head.sequence + 1)
        return record
    }

    private mutating func link(_ draft: UsageDraft, at now: UsageTimes) -> UsageRecord {
        var draft = draft
        if draft.connection == nil { draft.boot = draft.boot ?? boot }
        draft.notes.sort { CanonicalJSON.precedes($0.name, $1.name) }
        var record = following(draft)
        if record.sequence == 1 { record.genesis = genesis }
        finish(&record)
        if open.count == 0 { open.since = now.monotonic }
        count(draft)
        return record
    }

    private func following(_ draft: UsageDraft) -> UsageRecord {
        UsageRecord(
            gateway: gateway, epoch: epoch, sequence: head.sequence + 1, draft: draft, previous: head.hash, hash: "")
    }

    private mutating func finish(_ record: inout UsageRecord) {
        record.hash = record.computedHash
        head = Head(sequence: record.sequence, hash: record.hash)
    }

    /// A thousand deltas below 2⁵³ fit.
    private mutating func count(_ draft: UsageDraft) {
        open.count += 1
        open.sumUp &+= draft.volume?.deltaUp ?? 0
        open.sumDown &+= draft.volume?.deltaDown ?? 0
    }
}
