import FieldModel
import JSONText
import Signing

/// Looks through records in the order they are given, and names everything that is wrong, each at its place.
///
/// A fault does not end the look: what follows is judged from the newest record on. Several epochs may follow one
/// another. Memory grows by a hash for each record.
package struct UsageChainVerifier: Sendable {
    private struct Epoch: Sendable {
        var genesis: String?
        var head: UsageSealer.Head
        var first: UInt64
        /// By number: to know a copy from a forgery.
        var hashes: [UInt64: String]
        var isQuarantined = false
        /// Since the last checkpoint, where all of them were seen.
        var open: (from: UInt64, sumUp: Int64, sumDown: Int64)?
    }

    package private(set) var verdict = UsageVerdict()
    private var epochs: [UInt32: Epoch] = [:]
    private var ring: UsageKeyRing?
    private var gateway: String?
    private var volumes = UsageVolumeWatch()
    private var clock = UsageClockWatch()

    /// Without keys signatures are not looked at; without a gateway it is the first record's.
    package init(keys: UsageKeyRing? = nil, gateway: String? = nil) {
        ring = keys
        self.gateway = gateway
    }

    /// Takes a record as text.
    package mutating func take(_ bytes: [UInt8], place: String) {
        do throws(UsageFault) {
            let (record, isIntact) = try UsageRecord.read(bytes)
            take(record, isIntact: isIntact, place: place)
        } catch {
            find(.malformed, place, error.description)
        }
    }

    package mutating func take(_ record: UsageRecord, place: String) {
        take(record, isIntact: record.hash == record.computedHash, place: place)
    }

    private mutating func take(_ record: UsageRecord, isIntact: Bool, place: String) {
        let name = "record \(record.sequence) of epoch \(record.epoch)"
        if let gateway, gateway != record.gateway {
            return find(.stranger, place, "\(name) is of gateway '\(record.gateway)', not of '\(gateway)'")
        }
        gateway = record.gateway
        guard isIntact else {
            let why =
                record.isMasked
                ? "its identities are masked: export it with --full" : "its hash does not fit its content"
            return find(.changed, place, "\(name) was changed: \(why)")
        }
        guard let epoch = epochs[record.epoch] else { return begin(record, place, name) }
        if epoch.isQuarantined { return }
        if let genesis = record.genesis, record.previous != epoch.genesis, epoch.first == 1 {
            epochs[record.epoch]?.isQuarantined = true
            let begun = "epoch \(record.epoch) has begun before with another genesis (nonce \(genesis.nonce))"
            return find(.quarantine, place, "\(begun): a store was made anew under an old number")
        }
        if let known = epoch.hashes[record.sequence] {
            return known == record.hash
                ? find(.duplicate, place, "\(name) again")
                : find(.conflict, place, "\(name) is there twice, with different contents")
        }
        if record.sequence < epoch.head.sequence {
            late(record, epoch, place, name)
        } else {
            follow(record, epoch, place, name)
        }
    }

    /// The last line ended without an end of line.
    package mutating func tornTail(place: String, bytes: Int) {
        find(.tornTail, place, "the last \(bytes) bytes are the beginning of a record that was cut off")
    }

    private mutating func find(_ kind: UsageFinding.Kind, _ place: String, _ detail: String) {
        verdict.findings.append(UsageFinding(kind: kind, place: place, detail: detail))
    }

    // MARK: Places in the chain

    private mutating func begin(_ record: UsageRecord, _ place: String, _ name: String) {
        if let genesis = record.genesis {
            let right = UsageRecord.genesisHash(genesis, gateway: record.gateway, epoch: record.epoch)
            if record.previous != right { find(.genesis, place, "\(name): 'prev' is not the hash of its genesis") }
            if let before = epochs[record.epoch &- 1], before.head.hash != genesis.last {
                let known = genesis.last.map { last in before.hashes.values.contains(last) } ?? false
                if !known { find(.genesis, place, "\(name) names no record of the epoch before as its last") }
            }
        } else if record.sequence == 1 {
            find(.genesis, place, "\(name) is no boot record: an epoch begins with one")
        }
        epochs[record.epoch] = Epoch(
            genesis: record.genesis == nil ? nil : record.previous,
            head: UsageSealer.Head(sequence: record.sequence, hash: record.hash), first: record.sequence,
            hashes: [:], open: record.sequence == 1 ? (1, 0, 0) : nil)
        verdict.first = record.sequence
        accept(record, place, name)
    }

    private mutating func follow(_ record: UsageRecord, _ epoch: Epoch, _ place: String, _ name: String) {
        if record.sequence == epoch.head.sequence + 1 {
            if record.previous != epoch.head.hash {
                find(.wrongPrevious, place, "\(name) does not name the hash of record \(epoch.head.sequence)")
            }
        } else {
            let (from, to) = (epoch.head.sequence + 1, record.sequence - 1)
            let missing = from == to ? "record \(from) is" : "records \(from) to \(to) are"
            find(.gap, place, "\(missing) missing before \(name)")
            epochs[record.epoch]?.open = nil
        }
        epochs[record.epoch]?.head = UsageSealer.Head(sequence: record.sequence, hash: record.hash)
        accept(record, place, name)
    }

    private mutating func late(_ record: UsageRecord, _ epoch: Epoch, _ place: String, _ name: String) {
        find(.reordered, place, "\(name) comes after record \(epoch.head.sequence)")
        if let before = epoch.hashes[record.sequence &- 1], before != record.previous {
            find(.wrongPrevious, place, "\(name) does not name the hash of record \(record.sequence - 1)")
        }
        epochs[record.epoch]?.open = nil
        count(record)
    }

    /// The newest of its epoch.
    private mutating func accept(_ record: UsageRecord, _ place: String, _ name: String) {
        count(record)
        if record.epoch >= verdict.epoch {
            (verdict.epoch, verdict.last, verdict.lastHash) = (record.epoch, record.sequence, record.hash)
        }
        verdict.unsigned += 1
        if ring != nil, verdict.unsigned == UsageSealer.checkpointRecords + 2 {
            find(
                .signature, place,
                "\(name): \(UsageSealer.checkpointRecords) records and more before it have no signature that counts; a "
                    + "gateway signs at least so often, so checkpoints were left out")
        }
        for (kind, detail) in volumes.look(at: record) + clock.look(at: record) {
            find(kind, place, "\(name): \(detail)")
        }
        if let checkpoint = record.checkpoint {
            check(checkpoint, record, place, name)
        } else {
            epochs[record.epoch]?.open?.sumUp &+= record.draft.volume?.deltaUp ?? 0
            epochs[record.epoch]?.open?.sumDown &+= record.draft.volume?.deltaDown ?? 0
        }
    }

    private mutating func count(_ record: UsageRecord) {
        epochs[record.epoch]?.hashes[record.sequence] = record.hash
        verdict.records += 1
        verdict.sumUp &+= record.draft.volume?.deltaUp ?? 0
        verdict.sumDown &+= record.draft.volume?.deltaDown ?? 0
    }

    private mutating func check(
        _ checkpoint: UsageCheckpoint, _ record: UsageRecord, _ place: String, _ name: String
    ) {
        if checkpoint.through != record.sequence &- 1 || checkpoint.head != record.previous {
            find(.checkpoint, place, "\(name) signs for another record than the one before it")
        } else if let open = epochs[record.epoch]?.open {
            if checkpoint.from != open.from || checkpoint.sumUp != open.sumUp || checkpoint.sumDown != open.sumDown {
                find(
                    .checkpoint, place,
                    "\(name) sums up records \(checkpoint.from) on to \(checkpoint.sumUp) up, \(checkpoint.sumDown) "
                        + "down; they are \(open.from) on, \(open.sumUp) and \(open.sumDown)")
            }
        }
        epochs[record.epoch]?.open = (record.sequence + 1, 0, 0)
        guard ring != nil else { return }
        if let reason = ring?.judge(record) {
            find(.signature, place, "\(name): \(reason)")
        } else {
            verdict.signatures += 1
            verdict.unsigned = 0
        }
    }
}

extension UsageChainVerifier {
    /// An export's last line.
    private mutating func check(_ trailer: ExportTrailer, place: String) {
        guard Int64(verdict.records) == trailer.records, verdict.sumUp == trailer.sumUp,
            verdict.sumDown == trailer.sumDown, verdict.lastHash == trailer.lastHash
        else { return find(.trailer, place, "count, sums or last hash are not those of the records before it") }
    }

    /// Looks through a text of one record a line: a ledger's export, or messages as a platform received them.
    package static func verify(
        text: [UInt8], keys: UsageKeyRing? = nil, gateway: String? = nil
    ) -> UsageVerdict {
        var verifier = UsageChainVerifier(keys: keys, gateway: gateway)
        let end = UInt8(ascii: "\n")
        let lines = text.split(separator: end, omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() where !line.isEmpty {
            let bytes = Array(line)
            let place = "line \(index + 1)"
            if let trailer = ExportTrailer(bytes) {
                verifier.check(trailer, place: place)
                continue
            }
            let record = UsageEnvelope.record(in: bytes)
            // What has no end of line, and is no record, was cut off while it was written.
            if index == lines.count - 1, (try? UsageRecord(record)) == nil {
                verifier.tornTail(place: place, bytes: bytes.count)
            } else {
                verifier.take(record, place: place)
            }
        }
        return verifier.verdict
    }
}
