import FieldModel
import Platform
import SQLite
import Signing
import UsageWire

/// The usage ledger in the spool: a record is the row of the stream `usage`, sealed in the transaction that numbers it.
package final class UsageJournal: UsageLedger {
    /// About what a record takes, for the limit of what may wait for the disk.
    private static let recordBytes = 1200

    package let gateway: String
    package let epoch: UInt32
    let spool: SpoolStore
    let press: UsagePress
    let keys: UsageKeyFile
    private let time: any TimeSource
    let notice: @Sendable (String) -> Void

    /// Continues the chain of a spool that was opened for `gateway`, or begins one. `boot` is the kernel's boot_id.
    package init(
        _ spool: SpoolStore, gateway: String, boot: String, time: any TimeSource,
        notice: @escaping @Sendable (String) -> Void
    ) throws(SpoolFault) {
        guard let tail = spool.usageTail else { preconditionFailure("the spool was opened without the gateway's name") }
        self.spool = spool
        self.gateway = gateway
        self.time = time
        self.notice = notice
        epoch = spool.epoch
        keys = UsageKeyFile(spool.settings)
        let (key, isNew, warning) = try keys.open(handedOver: tail.nextKey)
        if let warning { notice(warning) }
        if isNew, tail.head != nil {
            notice("the key of the usage records was lost; a new one is made, and the receiver must be told of it")
        } else if let signer = tail.signer, signer != key.verifying.id {
            notice(
                "\(keys.path) holds another key (\(key.verifying.id)) than the one that signed the usage records so far "
                    + "(\(signer)): the receiver will refuse them; put the right file back, or tell the receiver of the new "
                    + "key, which 'fieldgate usage key' shows")
        }
        if let head = tail.head {
            press = UsagePress(
                UsageSealer(
                    gateway: gateway, epoch: epoch, boot: boot, head: head, unsigned: tail.unsigned, key: key))
        } else {
            let last = UsageHeadFile(spool.settings).read(before: epoch)
            press = UsagePress(
                UsageSealer(gateway: gateway, epoch: epoch, boot: boot, after: last?.hash, key: key))
        }
        if let torn = tail.torn { recordGap(torn) }
    }

    /// The key whose signatures receivers check.
    package var verifyingKey: VerifyingKey? {
        let press = self.press
        return spool.run { _ in press.committed.verifyingKey }
    }

    package func append(_ drafts: [UsageDraft], then: @escaping @Sendable (UInt64?) -> Void) {
        for draft in drafts {
            let problems = draft.problems
            guard problems.isEmpty else {
                notice(
                    "a usage record of type '\(draft.kind.rawValue)' is refused: \(problems.joined(separator: "; "))")
                return spool.enqueue { _ in then(nil) }
            }
        }
        write(count: drafts.count, { sealer, now in sealer.seal(drafts, at: now) }, then: then)
    }

    /// Signs what no checkpoint has signed yet. `then` is called on the spool's thread.
    package func sign(then: @escaping @Sendable (UInt64?) -> Void = { _ in }) {
        write(
            count: 1,
            { sealer, now in sealer.checkpointDue == nil ? [] : [sealer.checkpoint(at: now)] }, then: then)
    }

    /// A new key, signed by the old one. `then` is told the key, or nil when it could not be stored: the old one stays.
    package func renewKey(then: @escaping @Sendable (VerifyingKey?) -> Void) throws(SpoolFault) {
        let next = try keys.prepareNext()
        let (keys, notice) = (self.keys, self.notice)
        write(count: 1, { sealer, now in [sealer.checkpoint(at: now, next: next)] }) { number in
            guard number != nil else { return then(nil) }
            do throws(SystemError) {
                try keys.adoptNext()
            } catch {
                // The chain says who signs now; the next start finishes what is left undone here.
                notice("the new key of the usage records stays in \(keys.path).next: \(error)")
            }
            then(next.verifying)
        }
    }

    /// Signs the end of the chain, and waits for that. The spool is closed after this.
    package func close() {
        let done = Monitor(false)
        sign { _ in
            done.signal { state in
                state = true
                return true
            }
        }
        let deadline = time.now() + .seconds(3)
        // A disk that refuses does not keep the gateway from ending.
        done.wait { isDone in isDone || time.now() >= deadline ? .done(()) : .pause(.milliseconds(100)) }
    }

    private func write(
        count: Int, _ seal: @escaping @Sendable (inout UsageSealer, UsageTimes) -> [UsageRecord],
        then: @escaping @Sendable (UInt64?) -> Void
    ) {
        let (press, time) = (self.press, self.time)
        spool.compose(.usage, cost: count * Self.recordBytes) { first in
            press.make(first: first) { sealer in seal(&sealer, UsageTimes(now: time)) }
        } then: { [weak self] number in
            if number != nil {
                press.settle()
                self?.committed(press.committed)
            }
            then(number)
        }
    }

    /// After each commit: the next checkpoint has its time, and a signed head is remembered outside the database.
    private func committed(_ sealer: UsageSealer) {
        guard let due = sealer.checkpointDue else {
            return UsageHeadFile(spool.settings).write(sealer.head, epoch: epoch)
        }
        spool.wake(at: Instant(nanoseconds: max(due, 0) * 1000)) { [weak self] in
            self?.write(count: 1, { sealer, now in sealer.seal([], at: now) }, then: { _ in })
        }
    }

    private func recordGap(_ torn: (from: UInt64, through: UInt64, reason: String)) {
        var draft = UsageDraft(.gap, times: UsageTimes(now: time))
        draft.notes = [
            UsageNote("reason", torn.reason), UsageNote("torn_from", String(torn.from)),
            UsageNote("torn_to", String(torn.through)),
        ]
        append([draft]) { _ in }
    }
}

extension UsageTimes {
    /// A moment: what the ledger itself records lies in no span.
    init(now time: any TimeSource) {
        let utc = time.utc()
        self =
            UsageTimes(
                open: utc, close: utc, monotonic: time.now().nanoseconds / 1000, clock: time.clockQuality()
            ).sealable
    }
}

/// The newest signed head, in a file beside the database: what a new epoch names as the old one's end when the database
/// itself is lost.
struct UsageHeadFile {
    private let path: String

    init(_ settings: SpoolSettings) { path = settings.directory + "/usage-head" }

    /// Only where it is of an epoch before `epoch`.
    func read(before epoch: UInt32) -> UsageSealer.Head? {
        let words = FileText.read(path)?.split(whereSeparator: \.isWhitespace) ?? []
        guard words.count == 3, let of = UInt32(words[0]), of < epoch, let sequence = UInt64(words[1]),
            Hex.bytes(String(words[2]), count: 32) != nil
        else { return nil }
        return UsageSealer.Head(sequence: sequence, hash: String(words[2]))
    }

    /// A disk that refuses keeps the older one: a receiver shows the difference.
    func write(_ head: UsageSealer.Head, epoch: UInt32) {
        try? FileText.replace(path, with: "\(epoch) \(head.sequence) \(head.hash)\n")
    }
}
