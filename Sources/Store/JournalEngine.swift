import FieldModel
import SQLite

/// The journal's database, used by its thread only.
final class JournalEngine {
    private let database: Database
    private var commits = 0
    private let find: Statement
    private let insert: Statement
    private let update: Statement
    private let pruneByCount: Statement
    private let pruneByAge: Statement

    private static let schema = """
        CREATE TABLE IF NOT EXISTS command (
            number INTEGER PRIMARY KEY,
            device TEXT NOT NULL,
            id TEXT NOT NULL,
            at INTEGER NOT NULL,
            open INTEGER NOT NULL CHECK (open IN (0, 1)),
            result BLOB NOT NULL,
            UNIQUE (device, id)
        ) STRICT;
        """

    init(path: String) throws(DatabaseError) {
        let database = try Database.open(path, .create)
        try database.execute(Self.schema)
        try Self.preallocateLog(database)
        find = try database.prepare("SELECT result FROM command WHERE device = ?1 AND id = ?2")
        insert = try database.prepare(
            "INSERT INTO command (device, id, at, open, result) VALUES (?1, ?2, ?3, ?4, ?5)")
        update = try database.prepare("UPDATE command SET result = ?3, open = ?4 WHERE device = ?1 AND id = ?2")
        pruneByCount = try database.prepare(
            "DELETE FROM command WHERE number <= (SELECT max(number) FROM command) - ?1")
        // Numbers rise with time: looking at the oldest few each time keeps up, and costs no scan.
        pruneByAge = try database.prepare(
            "DELETE FROM command WHERE number IN (SELECT number FROM command ORDER BY number LIMIT 16) AND at < ?1")
        self.database = database
    }

    /// Pages the write-ahead log may hold before it is copied back.
    private static let logPages = 256

    /// A commit that makes the log longer costs a journal entry of the file system, several times the commit itself:
    /// so the log is given its length once, and is written over from then on.
    private static func preallocateLog(_ database: borrowing Database) throws(DatabaseError) {
        try database.execute(
            """
            PRAGMA wal_autocheckpoint = 0;
            CREATE TABLE IF NOT EXISTS filler (page BLOB);
            INSERT INTO filler VALUES (zeroblob(\(logPages) * 4096));
            DELETE FROM filler;
            PRAGMA wal_checkpoint(RESTART);
            """)
    }

    /// Between commands: copies the log back before it grows. Failing is no loss, it is tried again.
    func tidy() {
        commits += 1
        guard commits * 4 >= Self.logPages else { return }
        commits = 0
        try? database.execute("PRAGMA wal_checkpoint(RESTART)")
    }

    /// In order: what was known of each new command; `new` for those that only record a result.
    func store(
        _ entries: [(result: CommandResult, time: Timestamp, isNew: Bool)], now: Timestamp
    ) throws(DatabaseError) -> [Admission] {
        try database.transaction { () throws(DatabaseError) -> [Admission] in
            var answers: [Admission] = []
            for entry in entries {
                if entry.isNew, let known = try known(entry.result) {
                    answers.append(.known(known))
                    continue
                }
                if entry.isNew { try add(entry.result, entry.time) } else { try change(entry.result) }
                answers.append(.new)
            }
            pruneByCount.bind(1, Int64(JournalStore.limit))
            try pruneByCount.run()
            pruneByAge.bind(1, now.microseconds - JournalStore.age.wholeNanoseconds / 1000)
            try pruneByAge.run()
            return answers
        }
    }

    /// Commands without a final result get `unknown` for one.
    func closeOrphans() throws(DatabaseError) -> [CommandResult] {
        let select = try database.prepare("SELECT result FROM command WHERE open = 1 ORDER BY number")
        var orphans: [CommandResult] = []
        while try select.step() {
            guard let result = CommandResult(stored: select.bytes(0)) else { continue }
            orphans.append(
                CommandResult(
                    id: result.id, device: result.device, stage: .unknown, reason: "restarted",
                    detail: "the gateway stopped between storing the command and its result: read the point to see "
                        + "whether it was written; this id will not be written again"))
        }
        try database.transaction { () throws(DatabaseError) in
            for orphan in orphans { try change(orphan) }
        }
        return orphans
    }

    private func known(_ result: CommandResult) throws(DatabaseError) -> CommandResult? {
        find.bind(1, result.device)
        find.bind(2, result.id)
        defer { find.reset() }
        return try find.step() ? CommandResult(stored: find.bytes(0)) : nil
    }

    private func add(_ result: CommandResult, _ time: Timestamp) throws(DatabaseError) {
        insert.bind(1, result.device)
        insert.bind(2, result.id)
        insert.bind(3, time.microseconds)
        insert.bind(4, result.isOpen ? 1 : 0)
        try insert.bind(5, result.stored) { () throws(DatabaseError) in try insert.run() }
    }

    private func change(_ result: CommandResult) throws(DatabaseError) {
        update.bind(1, result.device)
        update.bind(2, result.id)
        update.bind(4, result.isOpen ? 1 : 0)
        try update.bind(3, result.stored) { () throws(DatabaseError) in try update.run() }
    }
}

extension CommandResult {
    /// Until a later stage is recorded, the gateway's death leaves the command's fate unknown. `written` is recorded
    /// only where it is final.
    fileprivate var isOpen: Bool { stage == .received }

    fileprivate var stored: [UInt8] {
        RowCodec.encode(batch(time: Timestamp(microseconds: 0), clock: .unsynced))
    }

    fileprivate init?(stored: [UInt8]) {
        guard case .event(let batch)? = RowCodec.decode(stored) else { return nil }
        self.init(batch)
    }
}
