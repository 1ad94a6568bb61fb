import Crypto
import FieldModel
import JSONText
import Signing

/// Facts in a chain: each carries its number, the hash of the one before it, and its own.
package struct AuditChain: Sendable {
    /// Members that a record's hash does not cover: what it was sent with, and the hash and signature themselves.
    static let outside: Set<String> = [
        "schema", "gw", "epoch", "stream", "seq", "dev", "t", "clock", "replayed", "hash", "signature",
    ]

    package private(set) var number: UInt64
    package private(set) var hash: [UInt8]

    package init(number: UInt64 = 0, hash: [UInt8] = [UInt8](repeating: 0, count: 32)) {
        self.number = number
        self.hash = hash
    }

    /// The fields with their place in the chain before them and the hash behind them.
    package mutating func link(_ fields: [EventBatch.Field], of device: String, at time: Timestamp) -> [EventBatch
        .Field]
    {
        // Whoever verifies would leave it out, and take the record for changed.
        assert(!fields.contains { Self.outside.contains($0.name) }, "the name of a field is the message's own")
        number += 1
        var linked = [
            EventBatch.Field("n", .integer(Int64(number))), EventBatch.Field("prev", .text(Hex.text(hash))),
            EventBatch.Field("at", .integer(time.microseconds)), EventBatch.Field("machine", .text(device)),
        ]
        linked += fields
        hash = Self.hash(of: linked.map { ($0.name, $0.value.description) })
        linked.append(EventBatch.Field("hash", .text(Hex.text(hash))))
        return linked
    }

    /// SHA-256 over `name=value` of every member in its order, each with its length before it.
    static func hash(of members: [(String, String)]) -> [UInt8] {
        var hash = SHA256()
        for (name, value) in members {
            let line = Array("\(name)=\(value)".utf8)
            hash.update(data: Hex.bigEndian(UInt32(line.count)))
            hash.update(data: line)
        }
        return Array(hash.finalize())
    }
}

/// What a look at a trail found.
package struct AuditVerdict: Sendable, Hashable {
    package var records = 0
    package var signatures = 0
    package var first: UInt64 = 0
    package var last: UInt64 = 0
    package var lastHash = ""
    /// Line and what is wrong with it.
    package var faults: [String] = []
}

extension AuditChain {
    /// Checks the lines of a trail, or of published `evt` messages, one JSON object a line. Copies are skipped.
    package static func verify(lines: [String], key: VerifyingKey?) -> AuditVerdict {
        var verdict = AuditVerdict()
        var before: (number: UInt64, hash: String)?
        for (index, line) in lines.enumerated() where !line.isEmpty {
            let place = "line \(index + 1)"
            guard let record = try? JSONReader.read(line), case .object(let members) = record else {
                verdict.faults.append("\(place): no JSON object, or damaged")
                before = nil
                continue
            }
            let covered = members.compactMap { member -> (String, String)? in
                guard !outside.contains(member.name), let value = member.value.point else { return nil }
                return (member.name, value.description)
            }
            let number = UInt64(clamping: record.integer("n"))
            let hash = record.text("hash")
            if before?.number == number, before?.hash == hash { continue }
            if Hex.text(Self.hash(of: covered)) != hash {
                verdict.faults.append("\(place): record \(number) was changed: its hash does not fit its content")
            }
            if let before {
                if number != before.number + 1 {
                    verdict.faults.append("\(place): record \(number) follows \(before.number)")
                } else if record.text("prev") != before.hash {
                    verdict.faults.append("\(place): record \(number) does not name the hash of \(before.number)")
                }
            }
            check(record, hash, key, place, &verdict)
            if verdict.records == 0 { verdict.first = number }
            verdict.records += 1
            verdict.last = number
            verdict.lastHash = hash
            before = (number, hash)
        }
        return verdict
    }

    private static func check(
        _ record: JSONValue, _ hash: String, _ key: VerifyingKey?, _ place: String, _ verdict: inout AuditVerdict
    ) {
        let text = record.text("signature")
        guard !text.isEmpty, let key else { return }
        guard let signature = Hex.bytes(text, count: 64), key.verifies(signature, of: signed(hash)) else {
            return verdict.faults.append("\(place): the signature is not that of the machine's key")
        }
        verdict.signatures += 1
    }

    /// What a signed record's signature is made over.
    package static func signed(_ hash: String) -> [UInt8] { Array("fg-audit/1 \(hash)".utf8) }
}
