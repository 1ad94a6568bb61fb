import Crypto
import FieldModel
import Signing

/// A sealed usage record, `fg.ur/1`: a draft with its place in the gateway's chain.
package struct UsageRecord: Hashable, Sendable {
    package var gateway: String
    package var epoch: UInt32
    /// From 1, without gaps.
    package var sequence: UInt64
    /// What is recorded. Its boot is always said, its notes are in canonical order.
    package var draft: UsageDraft
    /// Of the first record of an epoch.
    package var genesis: UsageGenesis?
    /// Of checkpoints.
    package var checkpoint: UsageCheckpoint?
    /// `h` of the record before; of the first, the hash of the genesis. 64 digits.
    package var previous: String
    /// 64 hexadecimal digits.
    package var hash: String

    /// `boot_id`, wherever the draft has it.
    package var boot: String { draft.connection?.boot ?? draft.boot ?? "" }

    /// What names it among all records for ever, besides its number: nil where it belongs to no connection.
    package var semanticKey: UsageSemanticKey? {
        draft.connection.map {
            UsageSemanticKey(
                gateway: gateway, boot: $0.boot, start: $0.start, id: $0.id, tuple: $0.tuple, part: $0.part)
        }
    }
}

/// Two records that carry volume and have the same key count the same bytes twice.
package struct UsageSemanticKey: Hashable, Sendable {
    package var gateway: String
    package var boot: String
    package var start: UInt64
    package var id: UInt32
    package var tuple: String
    package var part: UInt32
}

/// How a chain begins: published in the first `boot` record.
package struct UsageGenesis: Hashable, Sendable {
    /// 32 hexadecimal digits, by chance: a store made anew under an old number shows by it.
    package var nonce: String
    /// The last hash that is known of the chain before, nil when there was none.
    package var last: String?

    package init(nonce: String, last: String?) {
        self.nonce = nonce
        self.last = last
    }

    /// A nonce that never was.
    package static func new(after last: String?) -> UsageGenesis {
        var generator = SystemRandomNumberGenerator()
        return UsageGenesis(
            nonce: Hex.text((0..<16).map { _ in UInt8.random(in: .min ... .max, using: &generator) }), last: last)
    }
}

/// What a `checkpoint` record says of the records before it, under a signature.
package struct UsageCheckpoint: Hashable, Sendable {
    /// The records it sums up: from behind the checkpoint before to just before this one.
    package var from: UInt64
    package var through: UInt64
    /// `h` of `through`.
    package var head: String
    /// Σ `d_up` and Σ `d_dn` of them.
    package var sumUp: Int64
    package var sumDown: Int64
    /// The key that takes over from here on, 64 digits: the old key signs the new.
    package var nextKey: String?
    /// The signer's fingerprint, 16 digits.
    package var keyID: String
    /// 128 digits.
    package var signature: String

    package init(
        from: UInt64, through: UInt64, head: String, sumUp: Int64, sumDown: Int64, nextKey: String? = nil,
        keyID: String, signature: String = ""
    ) {
        self.from = from
        self.through = through
        self.head = head
        self.sumUp = sumUp
        self.sumDown = sumDown
        self.nextKey = nextKey
        self.keyID = keyID
        self.signature = signature
    }
}

extension VerifyingKey {
    /// How records name the key.
    package var id: String { Hex.text(fingerprint) }
}

/// What is hashed or signed, under a label of its own each: none passes for another.
enum UsageLabel: String {
    case record = "fgur1"
    case genesis = "fgur1-genesis"
    case checkpoint = "fgur1-cp"
    case receipt = "fgur1-ack"
    case replay = "fgur1-replay"

    /// Label ‖ 0 ‖ body.
    func message(_ body: [UInt8]) -> [UInt8] { Array(rawValue.utf8) + [0] + body }

    func digest(_ body: [UInt8]) -> String { Hex.text(SHA256.hash(data: message(body))) }

    /// Of a record's canonical text without its member `h`, which has 64 digits. Before it stand plain members only, and
    /// no text holds a bare quote, so the first `,"h":"` is the record's own.
    func digest(withoutHash text: [UInt8]) -> String? {
        let mark: StaticString = ",\"h\":\""
        guard let start = text.place(of: mark) else { return nil }
        let end = start + mark.utf8CodeUnitCount + 65
        guard end <= text.count else { return nil }
        var hash = SHA256()
        hash.update(data: message([]))
        text.withUnsafeBytes { text in
            hash.update(bufferPointer: UnsafeRawBufferPointer(rebasing: text[..<start]))
            hash.update(bufferPointer: UnsafeRawBufferPointer(rebasing: text[end...]))
        }
        return Hex.text(hash.finalize())
    }
}

extension [UInt8] {
    /// Where `word` stands first.
    func place(of word: StaticString) -> Int? {
        withUnsafeBufferPointer { bytes in
            let word = UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount)
            guard let first = word.first, bytes.count >= word.count else { return nil }
            for place in 0...bytes.count - word.count where bytes[place] == first {
                if word.indices.allSatisfy({ bytes[place + $0] == word[$0] }) { return place }
            }
            return nil
        }
    }
}

extension UsageRecord {
    /// Digits of its card or modem were put out of sight after it was sealed.
    package var isMasked: Bool {
        [draft.subscription.iccid, draft.subscription.imei].contains { $0?.contains("*") == true }
    }
}
