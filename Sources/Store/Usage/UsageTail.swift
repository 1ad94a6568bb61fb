import FieldModel
import SQLite
import Signing
import UsageWire

/// The end of the usage chain as it was found when the spool was opened.
struct UsageTail: Sendable {
    /// Rows looked at: more than there are between two checkpoints.
    private static let window = 1024

    /// Nil where there is no record.
    var head: UsageSealer.Head?
    /// The records since the last checkpoint.
    var unsigned: [UsageRecord] = []
    /// The key that the last checkpoint hands over to.
    var nextKey: String?
    /// The id of the key that has to sign the next one.
    var signer: String?
    /// Records at the end that were damaged and are taken off: their numbers, and what was wrong.
    var torn: (from: UInt64, through: UInt64, reason: String)?

    /// Verifies the newest records. A damaged end that nobody has seen is taken off and kept aside; when somebody has, the
    /// file is as good as damaged, because the numbers must not be given again.
    static func read(
        _ engine: SpoolEngine, gateway: String, notice: (String) -> Void
    ) throws(DatabaseError) -> UsageTail {
        let last = UInt64(engine.table(.usage).counts.last)
        guard last > 0 else { return UsageTail() }
        let start = last > window ? last - UInt64(window) : 0
        let rows = try engine.table(.usage).rows(
            after: start, limit: window + 1, bytes: .max, epoch: engine.epoch)
        let records = rows.map { record(in: $0, engine.epoch) }
        try checkOwner(records, gateway)
        guard rows.last?.identity.sequence == last, let good = records.lastIndex(where: { $0 != nil }),
            let head = records[good]
        else { throw damaged("no record at its end can be read") }
        var tail = UsageTail()
        if good < records.count - 1 {
            tail.torn = try takeOff(Array(rows[(good + 1)...]), engine, notice)
        }
        tail.head = UsageSealer.Head(sequence: head.sequence, hash: head.hash)
        reportMiddle(rows, records, upTo: good, notice)
        for record in records[...good].reversed() {
            guard let record, record.checkpoint == nil else {
                tail.nextKey = record?.checkpoint?.nextKey
                tail.signer = tail.nextKey.flatMap { VerifyingKey($0)?.id } ?? record?.checkpoint?.keyID
                break
            }
            tail.unsigned.insert(record, at: 0)
        }
        return tail
    }

    /// Nil when its text or its hash is not right, or its place.
    private static func record(in row: SpoolRow, _ epoch: UInt32) -> UsageRecord? {
        guard let record = try? UsageRecord(row.body), record.hash == record.computedHash,
            record.sequence == row.identity.sequence, record.epoch == epoch
        else { return nil }
        return record
    }

    private static func checkOwner(_ records: [UsageRecord?], _ gateway: String) throws(DatabaseError) {
        guard let owner = records.lazy.compactMap(\.self).last?.gateway, owner != gateway else { return }
        throw DatabaseError(
            code: 1,
            message: "it holds the usage records of gateway '\(owner)', which are no others than its own: give "
                + "'\(gateway)' a spool.directory of its own, or its old name back")
    }

    private static func takeOff(
        _ rows: [SpoolRow], _ engine: SpoolEngine, _ notice: (String) -> Void
    ) throws(DatabaseError) -> (UInt64, UInt64, String) {
        let (from, through) = (rows[0].identity.sequence, rows[rows.count - 1].identity.sequence)
        let seen = max(
            engine.cursor(SpoolEngine.receiver), engine.cursor(.init(consumer: "mqtt", stream: .usage)))
        let names = from == through ? "usage record \(from)" : "usage records \(from) to \(through)"
        guard seen < from else { throw damaged("\(names) cannot be read, and the platform has had them") }
        let reason = "\(names) at the end of the chain could not be read"
        try engine.withdraw(rows, after: from - 1, in: .usage, reason: reason)
        notice("\(reason); the bytes are kept in dead_letter, and a gap is recorded")
        return (from, through, reason)
    }

    /// Damage with good records behind it costs one record, and that the receiver will say: nothing is taken off.
    private static func reportMiddle(
        _ rows: [SpoolRow], _ records: [UsageRecord?], upTo good: Int, _ notice: (String) -> Void
    ) {
        for place in 0..<good where records[place] == nil {
            notice("usage record \(rows[place].identity.sequence) is damaged; those behind it are not")
        }
        for place in stride(from: 1, through: good, by: 1) {
            guard let before = records[place - 1], let record = records[place] else { continue }
            if record.previous != before.hash || record.sequence != before.sequence + 1 {
                notice(
                    "usage record \(record.sequence) does not follow record \(before.sequence): the chain is broken there"
                )
            }
        }
    }

    private static func damaged(_ what: String) -> DatabaseError {
        DatabaseError(code: 11, message: "its usage records are damaged: \(what)")
    }
}
