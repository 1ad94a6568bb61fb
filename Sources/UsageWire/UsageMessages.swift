import FieldModel
import JSONText
import Signing

/// A record on its way to the platform: what belongs to the transport stands beside it, outside its hash.
///
/// `{"record":{…},"replayed":true,"schema":"fg.ur/1"}`; the record's bytes are in it as they are stored.
package enum UsageEnvelope {
    package static let schema = "fg.ur/1"

    package static func bytes(_ record: [UInt8], replayed: Bool) -> [UInt8] {
        Array("{\"record\":".utf8) + record
            + Array((replayed ? ",\"replayed\":true" : "").utf8) + Array(",\"schema\":\"\(schema)\"}".utf8)
    }

    /// The record's own bytes; what is no envelope is taken for a record.
    package static func record(in message: [UInt8]) -> [UInt8] {
        let start = Array("{\"record\":".utf8)
        if message.starts(with: start) {
            for replayed in [true, false] {
                let end = bytes([], replayed: replayed).dropFirst(start.count)
                if message.count > start.count + end.count, message.suffix(end.count) == end {
                    return Array(message[start.count..<message.count - end.count])
                }
            }
        }
        // Spelled by somebody else on the way: then it has the word, or hides it behind an escape.
        guard message.contains(UInt8(ascii: "\\")) || message.place(of: "\"record\"") != nil,
            let value = try? message.withUnsafeBufferPointer({ text throws(JSONFault) in try JSONReader.read(text) }),
            let record = value["record"], let canonical = CanonicalJSON.bytes(of: record)
        else { return message }
        return canonical
    }
}

/// How far a receiver has the chain, `usage/ack`: everything up to `sequence` is verified and stored there.
package struct UsageReceipt: Hashable, Sendable {
    package var gateway: String
    package var epoch: UInt32
    package var sequence: UInt64
    /// `h` of that record.
    package var hash: String

    package init(gateway: String, epoch: UInt32, sequence: UInt64, hash: String) {
        self.gateway = gateway
        self.epoch = epoch
        self.sequence = sequence
        self.hash = hash
    }

    package func document(signedBy key: SigningKey?) -> [UInt8] { SignedMembers.bytes(members, .receipt, key) }

    /// With a key, only what that key has signed is read.
    package init(document: [UInt8], key: VerifyingKey?) throws(UsageFault) {
        var reader = try SignedMembers.open(document, .receipt, key)
        (gateway, epoch) = reader.chain()
        sequence = reader.need("seq", reader.count("seq"), else: 0)
        hash = reader.need("h", reader.hex("h", bytes: 32), else: "")
        try reader.close("a receipt")
    }

    private var members: [JSONValue.Member] {
        var list = MemberList(gateway, epoch)
        list.count("seq", sequence)
        list.text("h", hash)
        return list.members
    }
}

/// What a receiver lacks, `usage/replay`: both ends included.
package struct UsageReplayRequest: Hashable, Sendable {
    package var gateway: String
    package var epoch: UInt32
    package var from: UInt64
    package var through: UInt64

    package init(gateway: String, epoch: UInt32, from: UInt64, through: UInt64) {
        self.gateway = gateway
        self.epoch = epoch
        self.from = from
        self.through = through
    }

    package func document(signedBy key: SigningKey?) -> [UInt8] { SignedMembers.bytes(members, .replay, key) }

    /// With a key, only what that key has signed is read.
    package init(document: [UInt8], key: VerifyingKey?) throws(UsageFault) {
        var reader = try SignedMembers.open(document, .replay, key)
        (gateway, epoch) = reader.chain()
        from = reader.need("from", reader.count("from"), else: 0)
        through = reader.need("to", reader.count("to"), else: 0)
        if from == 0 || through < from { reader.blame("'from' to 'to' is no range of numbers") }
        try reader.close("a request for records")
    }

    private var members: [JSONValue.Member] {
        var list = MemberList(gateway, epoch)
        list.count("from", from)
        list.count("to", through)
        return list.members
    }
}

/// Small documents in canonical JSON; `sig` is over the label and all the others, `kid` names the signer.
private enum SignedMembers {
    static func bytes(_ members: [JSONValue.Member], _ label: UsageLabel, _ key: SigningKey?) -> [UInt8] {
        var members = members
        if let key {
            members.append(JSONValue.Member(name: "kid", value: .string(key.verifying.id)))
            let signature = key.sign(label.message(CanonicalJSON.bytes(of: members) ?? []))
            members.append(JSONValue.Member(name: "sig", value: .string(Hex.text(signature))))
        }
        return CanonicalJSON.bytes(of: members) ?? []
    }

    static func open(_ document: [UInt8], _ label: UsageLabel, _ key: VerifyingKey?) throws(UsageFault) -> MemberReader
    {
        guard document.count <= 1024,
            let value = try? document.withUnsafeBufferPointer({ text throws(JSONFault) in try JSONReader.read(text) }),
            case .object(let members) = value
        else { throw UsageFault(faults: ["no JSON object"]) }
        var reader = MemberReader(members)
        let signature = reader.hex("sig", bytes: 64)
        guard let key else {
            _ = reader.text("kid")
            return reader
        }
        let rest = members.filter { $0.name != "sig" }
        guard let bytes = signature.flatMap({ Hex.bytes($0, count: 64) }), reader.text("kid") == key.id,
            let body = CanonicalJSON.bytes(of: rest), key.verifies(bytes, of: label.message(body))
        else { throw UsageFault(faults: ["it is not signed by the receiver's key \(key.id)"]) }
        return reader
    }
}

extension MemberReader {
    /// Whose records it speaks of.
    mutating func chain() -> (gateway: String, epoch: UInt32) {
        (
            need("gw", text("gw"), else: ""),
            UInt32(clamping: need("epoch", count("epoch", atMost: Int64(UInt32.max)), else: 0))
        )
    }

    fileprivate mutating func close(_ what: String) throws(UsageFault) {
        finish(what)
        guard faults.isEmpty else { throw UsageFault(faults: faults) }
    }
}
