import FieldGateTesting
import FieldModel
import Signing
import Testing

@testable import UsageWire

@Suite("Checkpoints and keys")
struct UsageSignatureTests {
    private func gap(_ seconds: Int64) -> UsageDraft { UsageDraft(.gap, times: SampleUsage.times(seconds: seconds)) }

    @Test("a checkpoint comes after a thousand records or five minutes, and sums up what came since the last")
    func due() {
        var sealer = UsageSealer.sample()
        let many = sealer.seal(
            (0..<2500).map { SampleUsage.interim(1, part: UInt32($0 + 1), up: 1, at: 0) },
            at: SampleUsage.times(seconds: 0))
        let places = many.filter { $0.checkpoint != nil }.map(\.sequence)
        #expect(places == [1001, 2002] && many.count == 2503)
        #expect(many[1000].checkpoint?.from == 1 && many[1000].checkpoint?.through == 1000)
        #expect(many[2001].checkpoint?.sumUp == 100_000)
        #expect(sealer.seal([gap(299)], at: SampleUsage.times(seconds: 299)).count == 1)
        let due = sealer.seal([gap(300)], at: SampleUsage.times(seconds: 300))
        #expect(due.map(\.draft.kind) == [.gap, .checkpoint])
        #expect(sealer.checkpointDue == nil)
        #expect(sealer.seal([], at: SampleUsage.times(seconds: 9000)).isEmpty, "nothing is signed twice")
        #expect(verdict(many + due).kinds.allSatisfy { $0 == .gap })
    }

    @Test("a chain that goes on after a restart signs what the former life left unsigned")
    func resumed() {
        let key = SigningKey()
        var first = UsageSealer.sample(key: key)
        let before = first.seal([gap(0), gap(1)], at: SampleUsage.times(seconds: 1))
        var second = UsageSealer(
            gateway: SampleUsage.gateway, epoch: 1, boot: "another", head: first.head, unsigned: before, key: key)
        let after = second.seal([gap(2)], at: SampleUsage.times(seconds: 2))
        #expect(after.map(\.draft.kind) == [.gap, .checkpoint] && after[1].checkpoint?.from == 1)
        let found = verdict(before + after, key: key)
        #expect(found.findings.isEmpty && found.signatures == 1, "\(found.words)")
    }

    @Test("another key's signature, a changed sum and a changed range are named")
    func forged() {
        let (key, thief) = (SigningKey(), SigningKey())
        let stolen = verdict(sampleChain(5, key: thief), key: key)
        #expect(stolen.kinds == [.signature] && stolen.words[0].contains(thief.verifying.id))
        #expect(stolen.signatures == 0 && stolen.unsigned > 0)
        var records = sampleChain(5, key: key)
        let last = records.count - 1
        records[last].checkpoint?.sumUp += 1
        records[last].hash = records[last].computedHash
        #expect(verdict(records, key: key).kinds == [.checkpoint, .signature])
        #expect(verdict(records).kinds == [.checkpoint], "without a key the sums are looked at all the same")
        records = sampleChain(5, key: key)
        let signature = thief.sign(records[last].signedMessage)
        records[last].checkpoint?.signature = Hex.text(signature)
        records[last].hash = records[last].computedHash
        #expect(verdict(records, key: key).words[0].contains("is not that of the key \(key.verifying.id)"))
    }

    @Test("the old key signs the new, and counts no more from there on")
    func rollOver() {
        let (old, new) = (SigningKey(), SigningKey())
        var sealer = UsageSealer.sample(key: old)
        var thief = sealer
        var records = sealer.seal([gap(0)], at: SampleUsage.times(seconds: 0))
        records.append(sealer.checkpoint(at: SampleUsage.times(seconds: 1), next: new))
        thief = UsageSealer(
            gateway: SampleUsage.gateway, epoch: 1, boot: "b", head: sealer.head, unsigned: [], key: old)
        let honest =
            sealer.seal([gap(2)], at: SampleUsage.times(seconds: 2)) + [
                sealer.checkpoint(at: SampleUsage.times(seconds: 3))
            ]
        let found = verdict(records + honest, key: old)
        #expect(found.findings.isEmpty && found.signatures == 2)
        #expect(
            verdict(records + honest, key: new).kinds == [.signature], "the new key alone does not vouch for the old")
        let backward =
            thief.seal([gap(2)], at: SampleUsage.times(seconds: 2)) + [
                thief.checkpoint(at: SampleUsage.times(seconds: 3))
            ]
        #expect(
            verdict(records + backward, key: old).words.contains { $0.contains("handed over to another in record") })
    }

    @Test("a revoked key counts up to the number that its revocation names")
    func revoked() {
        let key = SigningKey()
        var sealer = UsageSealer.sample(key: key)
        var records =
            sealer.seal([gap(0)], at: SampleUsage.times(seconds: 0)) + [
                sealer.checkpoint(at: SampleUsage.times(seconds: 1))
            ]
        let end = UsageKeyRing.End(epoch: 1, sequence: sealer.head.sequence)
        records +=
            sealer.seal([gap(2)], at: SampleUsage.times(seconds: 2)) + [
                sealer.checkpoint(at: SampleUsage.times(seconds: 3))
            ]
        let found = verdict(records, keys: UsageKeyRing([key.verifying], revoked: [key.verifying.id: end]))
        #expect(found.signatures == 1 && found.kinds == [.signature] && found.words[0].contains("was revoked"))
    }

    @Test("receipts and requests are read as they were written, and only from the receiver")
    func messages() throws {
        let (key, other) = (SigningKey(), SigningKey())
        let receipt = UsageReceipt(gateway: "g", epoch: 3, sequence: 42, hash: String(repeating: "ab", count: 32))
        #expect(try UsageReceipt(document: receipt.document(signedBy: key), key: key.verifying) == receipt)
        #expect(try UsageReceipt(document: receipt.document(signedBy: nil), key: nil) == receipt)
        #expect(try UsageReceipt(document: receipt.document(signedBy: key), key: nil) == receipt)
        for signer in [nil, other] {
            #expect(throws: UsageFault.self) {
                try UsageReceipt(document: receipt.document(signedBy: signer), key: key.verifying)
            }
        }
        let forged = String(decoding: receipt.document(signedBy: key), as: UTF8.self).replacing("42", with: "43")
        #expect(throws: UsageFault.self) { try UsageReceipt(document: Array(forged.utf8), key: key.verifying) }
        let request = UsageReplayRequest(gateway: "g", epoch: 3, from: 5, through: 9)
        #expect(try UsageReplayRequest(document: request.document(signedBy: key), key: key.verifying) == request)
        #expect(throws: UsageFault.self) {
            try UsageReplayRequest(
                document: UsageReceipt(gateway: "g", epoch: 3, sequence: 1, hash: receipt.hash).document(signedBy: key),
                key: key.verifying)
        }
        #expect(throws: UsageFault.self) {
            try UsageReplayRequest(document: Array(#"{"epoch":1,"from":9,"gw":"g","to":5}"#.utf8), key: nil)
        }
    }

    @Test("an envelope holds the record's bytes, also when somebody spelled it anew")
    func envelope() {
        let bytes = sampleChain(3)[1].bytes
        for replayed in [false, true] {
            #expect(UsageEnvelope.record(in: UsageEnvelope.bytes(bytes, replayed: replayed)) == bytes)
        }
        let spelled =
            "{ \"schema\": \"fg.ur/1\", \"record\": \(String(decoding: bytes, as: UTF8.self).replacing(",\"", with: ", \"")) }"
        #expect(UsageEnvelope.record(in: Array(spelled.utf8)) == bytes)
        #expect(UsageEnvelope.record(in: bytes) == bytes)
    }
}
