import FieldGateTesting
import FieldModel
import Signing
import Testing

@testable import UsageWire

@Suite("A chain of usage records")
struct UsageChainTests {
    @Test("that nobody touched is found right, with its sums and its signature")
    func untouched() {
        let key = SigningKey()
        let records = sampleChain(300, key: key)
        let found = verdict(records, key: key)
        #expect(found.findings.isEmpty, "\(found.words)")
        #expect(found.records == records.count && found.last == UInt64(records.count) && found.first == 1)
        #expect(found.sumUp == records.reduce(0) { $0 + ($1.draft.volume?.deltaUp ?? 0) })
        #expect(found.signatures >= 1 && found.unsigned == 0 && found.lastHash == records.last?.hash)
        // The whole as a text, and as messages on the wire.
        let text = lines(records.map(\.bytes))
        #expect(UsageChainVerifier.verify(text: text, keys: UsageKeyRing([key.verifying])) == found)
        let messages = lines(records.map { UsageEnvelope.bytes($0.bytes, replayed: $0.sequence % 2 == 0) })
        #expect(UsageChainVerifier.verify(text: messages, keys: UsageKeyRing([key.verifying])) == found)
    }

    @Test("shows every single bit that was flipped, in ten thousand places")
    func bits() throws {
        let key = SigningKey()
        let records = sampleChain(120, seed: 9, key: key)
        var random = SeededRandom(seed: 20_261_121)
        var states: [UsageChainVerifier] = []
        var verifier = UsageChainVerifier(keys: UsageKeyRing([key.verifying]))
        for record in records {
            states.append(verifier)
            verifier.take(record.bytes, place: "")
        }
        let texts = records.map(\.bytes)
        var missed: [String] = []
        for _ in 0..<10_000 {
            let index = Int.random(in: records.indices, using: &random)
            var text = texts[index]
            let (place, bit) = (Int.random(in: text.indices, using: &random), Int.random(in: 0..<8, using: &random))
            text[place] ^= 1 << bit
            var look = states[index]
            look.take(text, place: "record \(index + 1)")
            let isNamed = look.verdict.findings.contains { $0.isFault && $0.place == "record \(index + 1)" }
            if !isNamed { missed.append("record \(index + 1), byte \(place), bit \(bit)") }
        }
        #expect(missed.isEmpty)
    }

    @Test("of figures that nobody can have used ends nobody who looks at it")
    func absurd() {
        let most: Int64 = 1 << 53 - 1
        var sealer = UsageSealer(gateway: "gw", epoch: 1, boot: "boot", after: nil, key: SigningKey())
        let times = UsageTimes(
            open: Timestamp(microseconds: 1_795_161_000_000_000), close: Timestamp(microseconds: 1_795_161_000_000_000),
            monotonic: 1, clock: .synced)
        var draft = UsageDraft(.adjust, times: times)
        draft.boot = "boot"
        draft.correction = UsageCorrection(epoch: 1, sequence: 1, reason: "none", id: "1")
        var volume = UsageVolume(source: .connectionTracking)
        (volume.deltaUp, volume.deltaDown) = (most, -most)
        draft.volume = volume
        let records = sealer.seal([UsageDraft](repeating: draft, count: 1500), at: times)
            .filter { $0.checkpoint == nil }
        var (previous, sequence) = (records[0].previous, UInt64(0))
        let chain = records.map { record -> UsageRecord in
            var record = record
            sequence += 1
            (record.previous, record.sequence) = (previous, sequence)
            record.hash = record.computedHash
            previous = record.hash
            return record
        }
        let found = verdict(chain)
        #expect(found.records == chain.count && found.faults.isEmpty)
    }

    @Test("whose checkpoints were left out is named where the first one is missing")
    func unsigned() {
        let key = SigningKey()
        let records = sampleChain(1200, key: key)
        #expect(verdict(records, key: key).findings.isEmpty)
        var previous = records[0].previous
        var sequence: UInt64 = 0
        let forged = records.filter { $0.checkpoint == nil }.map { record -> UsageRecord in
            var record = record
            sequence += 1
            (record.sequence, record.previous) = (sequence, previous)
            record.hash = record.computedHash
            previous = record.hash
            return record
        }
        let found = verdict(forged, key: key)
        #expect(found.faults.map(\.kind) == [.signature] && found.faults[0].place == "line 1002", "\(found.words)")
        #expect(found.faults[0].detail.contains("checkpoints were left out"))
    }

    @Test("that tells of itself in control characters writes none to a terminal")
    func control() {
        let text = lines([Array(#"{"type":"\u001B[2J\nright\u202E"}"#.utf8)])
        let words = UsageChainVerifier.verify(text: text).findings.map(\.description).joined()
        #expect(words.contains("right"))
        #expect(!words.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x202E })
        #expect("\(String(repeating: "a", count: 5000))".printable.count == 601)
    }

    @Test("names what is there twice, out of order, missing or forged, each at its place")
    func places() {
        let records = sampleChain(20)
        #expect(
            verdict(records + [records[4]]).words == ["line \(records.count + 1): duplicate: record 5 of epoch 1 again"]
        )
        var swapped = records
        swapped.swapAt(4, 5)
        #expect(
            Array(verdict(swapped).words.prefix(2)) == [
                "line 5: gap: record 5 is missing before record 6 of epoch 1",
                "line 6: reordered: record 5 of epoch 1 comes after record 6",
            ])
        var holed = records
        holed.removeSubrange(4...6)
        #expect(verdict(holed).words == ["line 5: gap: records 5 to 7 are missing before record 8 of epoch 1"])
        // Numbered and hashed anew, as a forger would: the chain shows it all the same.
        var forged = records
        forged[4].draft.times.monotonic += 1
        forged[4].hash = forged[4].computedHash
        #expect(
            verdict(forged).words == ["line 6: wrong prev: record 6 of epoch 1 does not name the hash of record 5"])
        #expect(verdict(records + [forged[4]]).kinds == [.conflict])
        var changed = records
        changed[4].draft.times.monotonic += 1
        #expect(verdict(changed).kinds.first == .changed)
        var stranger = records
        stranger[4].gateway = "loader-0002"
        #expect(verdict(stranger).kinds.first == .stranger)
    }

    @Test("whose end was cut off names the torn line, and nothing else")
    func tornTail() {
        let records = sampleChain(10)
        let text = lines(records.map(\.bytes))
        for cut in stride(from: 2, to: records[records.count - 1].bytes.count, by: 97) {
            let found = UsageChainVerifier.verify(text: Array(text.dropLast(cut)))
            #expect(found.kinds == [.tornTail] && found.findings[0].place == "line \(records.count)")
        }
        #expect(UsageChainVerifier.verify(text: Array(text.dropLast())).findings.isEmpty)
        let torn = Array(text.dropLast(40)) + [10]
        #expect(UsageChainVerifier.verify(text: torn).kinds == [.malformed])
    }

    @Test("goes on in a new epoch from the old one's end, and an epoch begun twice is quarantined")
    func epochs() {
        let first = sampleChain(10)
        var second = UsageSealer.sample(epoch: 2, after: first.last?.hash)
        let next = second.seal(
            [UsageDraft(.shutdown, times: SampleUsage.times(seconds: 9000))], at: SampleUsage.times(seconds: 9000))
        #expect(next.count == 2 && next[0].draft.kind == .boot && next[0].genesis?.last == first.last?.hash)
        #expect(verdict(first + next).findings.isEmpty)
        var unrelated = UsageSealer.sample(epoch: 2, after: String(repeating: "0", count: 64))
        let other = unrelated.seal(
            [UsageDraft(.boot, times: SampleUsage.times(seconds: 9000))], at: SampleUsage.times(seconds: 9000))
        #expect(verdict(first + other).kinds == [.genesis])
        let again = verdict(first + next + other)
        #expect(
            again.kinds == [.quarantine] && again.words[0].contains("epoch 2 has begun before with another genesis"))
        #expect(verdict(Array(next.dropFirst())).findings.isEmpty, "what is older may have been dropped")
        var wrong = next[0]
        wrong.genesis?.nonce = String(repeating: "a", count: 32)
        wrong.hash = wrong.computedHash
        #expect(verdict([wrong]).kinds == [.genesis])
    }

    @Test("names cumulative figures that fall, and parts that are counted twice")
    func volumes() {
        func kinds(_ drafts: [UsageDraft]) -> [UsageFinding.Kind] {
            var sealer = UsageSealer.sample()
            return verdict(sealer.seal(drafts, at: SampleUsage.times(seconds: 0))).kinds
        }
        let first = SampleUsage.interim(1, part: 1, up: 1000, at: 1)
        #expect(kinds([first, SampleUsage.interim(1, part: 2, up: 1000, at: 2)]) == [])
        #expect(kinds([first, SampleUsage.interim(1, part: 2, up: 999, at: 2)]) == [.decrease])
        #expect(kinds([first, SampleUsage.interim(1, part: 1, up: 1500, at: 2)]) == [.countedTwice])
        #expect(kinds([first, SampleUsage.interim(2, part: 1, up: 5, at: 2)]) == [])
        var reused = SampleUsage.interim(1, part: 1, up: 5, at: 2)
        reused.connection?.start += 1
        #expect(kinds([first, reused]) == [], "an id that is used again is another connection")
        func unattributed(_ up: UInt64, _ trafficClass: UInt16) -> UsageDraft {
            var draft = UsageDraft(.unattributed, times: SampleUsage.times(seconds: 1))
            (draft.volume, draft.trafficClass) = (SampleUsage.volume(up, up), trafficClass)
            return draft
        }
        #expect(kinds([unattributed(10, 1), unattributed(5, 2), unattributed(11, 1)]) == [])
        #expect(kinds([unattributed(10, 1), unattributed(9, 1)]) == [.decrease])
    }

    @Test("flags a clock that jumps by a year or was never set, and does not break over it")
    func clocks() {
        func findings(_ times: [UsageTimes], boots: [String?] = []) -> [UsageFinding] {
            var sealer = UsageSealer.sample()
            let drafts = times.enumerated().map { index, times in
                var draft = UsageDraft(.gap, times: times)
                draft.boot = index < boots.count ? boots[index] : nil
                return draft
            }
            return verdict(sealer.seal(drafts, at: times[0])).findings
        }
        let year: Int64 = 365 * 86_400 * 1_000_000
        var late = SampleUsage.times(seconds: 60)
        late.close.microseconds += year
        var early = SampleUsage.times(seconds: 60)
        early.close.microseconds -= year
        let start = SampleUsage.times(seconds: 0)
        for jump in [late, early] {
            let found = findings([start, jump])
            #expect(found.map(\.kind) == [.clockJump] && !found[0].isFault)
            #expect(findings([start, jump], boots: [nil, "other"]).map(\.kind) == [.clockJump])
        }
        #expect(findings([start, SampleUsage.times(seconds: 86_400 * 40)]).isEmpty, "forty days of silence are none")
        var unset = start
        unset.close.microseconds = 61_000_000
        // Found in 1970 with the boot record before it, and then a jump to now.
        #expect(Set(findings([unset, SampleUsage.times(seconds: 5)]).map(\.kind)) == [.unsetClock, .clockJump])
    }
}
