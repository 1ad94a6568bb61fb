import FieldModel
import SQLite

/// One stream's table and its counts. Writer thread only.
final class StreamTable {
    struct Counts {
        var last: Int64 = 0
        var rows: Int64 = 0
        var bytes: Int64 = 0
        var dropped: Int64 = 0
    }

    let stream: Stream
    private(set) var counts: Counts
    private var saved: Counts
    private let insertRow: Statement
    private let selectRows: Statement
    private let selectOldest: Statement
    private let measureOldest: Statement
    private let deleteOldest: Statement
    private let updateCounts: Statement

    init(_ stream: Stream, _ database: borrowing Database) throws(DatabaseError) {
        self.stream = stream
        let name = stream.name
        insertRow = try database.prepare("INSERT INTO \(name) (seq, at, body) VALUES (?1, ?2, ?3)")
        selectRows = try database.prepare("SELECT seq, body FROM \(name) WHERE seq > ?1 ORDER BY seq LIMIT ?2")
        selectOldest = try database.prepare("SELECT seq, at FROM \(name) ORDER BY seq LIMIT 1 OFFSET ?1")
        measureOldest = try database.prepare("SELECT count(*), total(length(body)) FROM \(name) WHERE seq <= ?1")
        deleteOldest = try database.prepare("DELETE FROM \(name) WHERE seq <= ?1")
        updateCounts = try database.prepare(
            "UPDATE stream SET last = ?1, rows = ?2, bytes = ?3, dropped = ?4 WHERE stream = ?5")
        let read = try database.prepare("SELECT last, rows, bytes, dropped FROM stream WHERE stream = ?1")
        read.bind(1, Int64(stream.rawValue))
        guard try read.step() else { throw DatabaseError(code: 11, message: "the spool has no stream '\(name)'") }
        counts = Counts(
            last: read.integer(0), rows: read.integer(1), bytes: read.integer(2), dropped: read.integer(3))
        saved = counts
    }

    /// The number the row was given.
    func insert(_ body: [UInt8], at time: Timestamp) throws(DatabaseError) -> UInt64 {
        insertRow.bind(1, counts.last + 1)
        insertRow.bind(2, time.microseconds)
        try insertRow.bind(3, body) { () throws(DatabaseError) in try insertRow.run() }
        counts.last += 1
        counts.rows += 1
        counts.bytes += Int64(body.count)
        return UInt64(counts.last)
    }

    func rows(after sequence: UInt64, limit: Int, bytes: Int, epoch: UInt32) throws(DatabaseError) -> [SpoolRow] {
        selectRows.bind(1, Int64(sequence))
        selectRows.bind(2, Int64(limit))
        defer { selectRows.reset() }
        var rows: [SpoolRow] = []
        var total = 0
        while total < bytes, try selectRows.step() {
            let identity = RowIdentity(epoch: epoch, stream: stream, sequence: UInt64(selectRows.integer(0)))
            let body = selectRows.bytes(1)
            total += body.count
            rows.append(SpoolRow(identity: identity, body: body))
        }
        return rows
    }

    /// The row at `offset` from the oldest.
    func oldest(offset: Int = 0) throws(DatabaseError) -> (sequence: UInt64, at: Timestamp)? {
        selectOldest.bind(1, Int64(offset))
        defer { selectOldest.reset() }
        guard try selectOldest.step() else { return nil }
        return (UInt64(selectOldest.integer(0)), Timestamp(microseconds: selectOldest.integer(1)))
    }

    /// Deletes everything up to `sequence`; returns how many rows went.
    @discardableResult
    func delete(through sequence: UInt64) throws(DatabaseError) -> Int64 {
        measureOldest.bind(1, Int64(sequence))
        _ = try measureOldest.step()
        let (gone, bytes) = (measureOldest.integer(0), measureOldest.integer(1))
        measureOldest.reset()
        guard gone > 0 else { return 0 }
        deleteOldest.bind(1, Int64(sequence))
        try deleteOldest.run()
        counts.rows -= gone
        counts.bytes -= bytes
        return gone
    }

    /// Deletes the oldest rows and counts them as dropped.
    func drop(through sequence: UInt64) throws(DatabaseError) -> Int64 {
        let gone = try delete(through: sequence)
        counts.dropped += gone
        return gone
    }

    /// Deletes everything above `sequence`: the numbers are given again.
    func withdraw(after sequence: UInt64, _ database: borrowing Database) throws(DatabaseError) {
        try database.execute("DELETE FROM \(stream.name) WHERE seq > \(sequence)")
        counts.rows = try database.integer("SELECT count(*) FROM \(stream.name)")
        counts.bytes = try database.integer("SELECT coalesce(sum(length(body)), 0) FROM \(stream.name)")
        counts.last = Int64(sequence)
    }

    /// Rows that were lost before they had a number.
    func countLost(_ count: Int64) {
        counts.dropped += count
    }

    /// Inside the transaction: the counts become part of it.
    func saveCounts() throws(DatabaseError) {
        updateCounts.bind(1, counts.last)
        updateCounts.bind(2, counts.rows)
        updateCounts.bind(3, counts.bytes)
        updateCounts.bind(4, counts.dropped)
        updateCounts.bind(5, Int64(stream.rawValue))
        try updateCounts.run()
    }

    /// After the transaction.
    func committed() { saved = counts }
    func rolledBack() { counts = saved }
}
