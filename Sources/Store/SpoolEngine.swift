import CSystem
import FieldModel
import Platform
import SQLite

/// The spool's database, used by its writer thread only.
final class SpoolEngine {
    /// The newest refused rows are kept; a platform that refuses everything must not fill the disk.
    private static let letterLimit = 10_000

    let epoch: UInt32
    let settings: SpoolSettings
    let time: any TimeSource
    let database: Database
    private let tables: [StreamTable]
    private var cursors: [SpoolWork.Settlement: UInt64] = [:]
    private let saveCursor: Statement
    private let insertLetter: Statement
    private let pruneLetters: Statement
    let insertLayout: Statement
    let findLayout: Statement
    let selectLayout: Statement
    private(set) var deadLetters: Int
    /// Set when it is opened.
    var usageTail: UsageTail?

    init(_ settings: SpoolSettings, epoch: UInt32, time: any TimeSource) throws(DatabaseError) {
        self.settings = settings
        self.time = time
        let database = try Database.open(settings.databasePath, .create)
        try SpoolSchema.migrate(database)
        try database.execute("INSERT OR IGNORE INTO about VALUES ('epoch', '\(epoch)')")
        self.epoch = UInt32(clamping: try database.integer("SELECT value FROM about WHERE key = 'epoch'"))
        var tables: [StreamTable] = []
        for stream in Stream.allCases { tables.append(try StreamTable(stream, database)) }
        self.tables = tables
        saveCursor = try database.prepare("INSERT OR REPLACE INTO cursor VALUES (?1, ?2, ?3)")
        insertLetter = try database.prepare("INSERT OR REPLACE INTO dead_letter VALUES (?1, ?2, ?3, ?4, ?5)")
        pruneLetters = try database.prepare(
            "DELETE FROM dead_letter WHERE rowid <= (SELECT max(rowid) FROM dead_letter) - \(Self.letterLimit)")
        insertLayout = try database.prepare("INSERT INTO layout (body) VALUES (?1) RETURNING number")
        findLayout = try database.prepare("SELECT number FROM layout WHERE body = ?1")
        selectLayout = try database.prepare("SELECT body FROM layout WHERE number = ?1")
        deadLetters = Int(try database.integer("SELECT count(*) FROM dead_letter"))
        let read = try database.prepare("SELECT consumer, stream, settled FROM cursor")
        while try read.step() {
            guard let consumer = read.text(0), let stream = Stream(rawValue: UInt8(clamping: read.integer(1))) else {
                continue
            }
            cursors[SpoolWork.Settlement(consumer: consumer, stream: stream)] = UInt64(read.integer(2))
        }
        self.database = database
    }

    func table(_ stream: Stream) -> StreamTable { tables[Int(stream.rawValue)] }

    func cursor(_ key: SpoolWork.Settlement) -> UInt64 { cursors[key] ?? 0 }

    /// Where the consumer left off. From the first time it asks, rows are kept for it, although it has settled none.
    func enrol(_ key: SpoolWork.Settlement) -> UInt64 {
        if let known = cursors[key] { return known }
        cursors[key] = 0
        // A disk that refuses forgets the consumer at the next start, no more: it will ask again.
        try? save(0, of: key)
        return 0
    }

    private func save(_ sequence: UInt64, of key: SpoolWork.Settlement) throws(DatabaseError) {
        saveCursor.bind(1, key.consumer)
        saveCursor.bind(2, Int64(key.stream.rawValue))
        saveCursor.bind(3, Int64(sequence))
        try saveCursor.run()
    }

    /// Everything in `work`, or nothing.
    func commit(_ work: SpoolWork) throws(DatabaseError) -> SpoolOutcome {
        let before = cursors
        do throws(DatabaseError) {
            let outcome = try database.transaction { () throws(DatabaseError) in try write(work) }
            for table in tables { table.committed() }
            if !work.rejected.isEmpty { deadLetters = Int(try database.integer("SELECT count(*) FROM dead_letter")) }
            return outcome
        } catch {
            cursors = before
            for table in tables { table.rolledBack() }
            throw error
        }
    }

    private func write(_ work: SpoolWork) throws(DatabaseError) -> SpoolOutcome {
        var outcome = SpoolOutcome()
        outcome.rows.reserveCapacity(work.rows.count)
        for row in work.rows {
            let number = try table(row.stream).insert(row.body, at: row.at)
            outcome.rows.append(
                SpoolRow(
                    identity: RowIdentity(epoch: epoch, stream: row.stream, sequence: number), body: row.body))
        }
        for composition in work.compositions { try insert(composition, &outcome) }
        for rejection in work.rejected { try keep(rejection) }
        if !work.rejected.isEmpty { try pruneLetters.run() }
        outcome.settled = try settle(work.settled)
        for (stream, count) in work.lost { table(stream).countLost(count) }
        outcome.drops = try enforceCaps(.telemetry, bytes: settings.telemetryBytes)
        _ = try enforceCaps(.link, bytes: settings.linkBytes)
        try retainUsage(&outcome)
        for table in tables { try table.saveCounts() }
        return outcome
    }

    private func insert(_ composition: SpoolWork.Composition, _ outcome: inout SpoolOutcome) throws(DatabaseError) {
        let table = table(composition.stream)
        for body in composition.make(UInt64(table.counts.last) + 1) {
            let number = try table.insert(body, at: composition.at)
            let identity = RowIdentity(epoch: epoch, stream: composition.stream, sequence: number)
            outcome.rows.append(SpoolRow(identity: identity, body: body))
        }
        outcome.composed.append(UInt64(table.counts.last))
    }

    private func keep(_ rejection: SpoolWork.Rejection) throws(DatabaseError) {
        let identity = rejection.row.identity
        insertLetter.bind(1, Int64(identity.stream.rawValue))
        insertLetter.bind(2, Int64(identity.sequence))
        insertLetter.bind(3, time.utc().microseconds)
        insertLetter.bind(4, rejection.reason)
        try insertLetter.bind(5, rejection.row.body) { () throws(DatabaseError) in try insertLetter.run() }
    }

    private func settle(_ settled: [SpoolWork.Settlement: UInt64]) throws(DatabaseError) -> [Stream: UInt64] {
        for (key, sequence) in settled where sequence > cursor(key) {
            cursors[key] = sequence
            try save(sequence, of: key)
        }
        var gone: [Stream: UInt64] = [:]
        for stream in Set(settled.keys.map(\.stream)) {
            let sequence = settledByAll(stream)
            if stream.staysWhenSettled { continue }
            if try table(stream).delete(through: sequence) > 0 { gone[stream] = sequence }
        }
        return gone
    }

    func settledByAll(_ stream: Stream) -> UInt64 {
        cursors.filter { $0.key.stream == stream }.values.min() ?? 0
    }

    private func enforceCaps(_ stream: Stream, bytes: Int) throws(DatabaseError) -> [SpoolOutcome.Drop] {
        let table = table(stream)
        var drops: [SpoolOutcome.Drop] = []
        while table.counts.bytes > bytes, let oldest = try table.oldest() {
            // A sixteenth at a time: dropping is rare, and then it should not be done row by row.
            let some = Int(max(1, table.counts.rows / 16))
            let last = try table.oldest(offset: some - 1)?.sequence ?? oldest.sequence
            let count = try table.drop(through: last)
            guard count > 0 else { break }
            drops.append(SpoolOutcome.Drop(count: count, from: oldest.sequence, through: last, cause: "size"))
        }
        // A clock that was never set makes every age meaningless.
        guard time.clockQuality() != .unsynced else { return drops }
        let limit = Timestamp(microseconds: time.utc().microseconds - settings.telemetryAge.wholeNanoseconds / 1000)
        while let oldest = try table.oldest(), oldest.at < limit {
            // After a long outage a day's worth comes of age together: a thousand at a time.
            let thousandth = try table.oldest(offset: 999).flatMap { $0.at < limit ? $0.sequence : nil }
            let last = thousandth ?? oldest.sequence
            let count = try table.drop(through: last)
            guard count > 0 else { break }
            drops.append(SpoolOutcome.Drop(count: count, from: oldest.sequence, through: last, cause: "age"))
        }
        return drops
    }

    /// Takes rows that were never anybody else's back, as if they had not been written; they are kept with the reason.
    func withdraw(_ rows: [SpoolRow], after sequence: UInt64, in stream: Stream, reason: String) throws(DatabaseError) {
        try database.transaction { () throws(DatabaseError) in
            for row in rows { try keep(SpoolWork.Rejection(row: row, reason: reason)) }
            try table(stream).withdraw(after: sequence, database)
            try table(stream).saveCounts()
        }
        table(stream).committed()
        deadLetters = Int(try database.integer("SELECT count(*) FROM dead_letter"))
    }
}
