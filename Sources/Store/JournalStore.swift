import FieldModel
import Platform

/// The command journal on SQLite: a file and a thread of its own, so that a command never waits behind a commit of
/// telemetry.
package final class JournalStore: CommandJournal {
    /// Commands remembered, and for how long.
    package static let limit = 10_000
    package static let age = Duration.seconds(24 * 3600)

    private struct Entry: Sendable {
        var result: CommandResult
        var time: Timestamp
        /// The command is to be admitted; else only its result is recorded.
        var isNew: Bool
        var then: @Sendable (Admission) -> Void
    }

    private struct State {
        var entries: [Entry] = []
        var stopping = false
    }

    private let shared = Monitor(State())
    private let turns = Counter()
    private let time: any TimeSource
    private let thread: OwnerThread
    private let lost: [CommandResult]

    /// Opens the journal beside the spool; whoever holds the spool's lock may. A damaged file is set aside.
    package init(path: String, time: any TimeSource, notice: (String) -> Void) throws(SpoolFault) {
        let (engine, lost) = try Self.open(path, time, notice)
        self.lost = lost
        self.time = time
        let turns = self.turns
        let shared = self.shared
        let handoff = Handoff(engine)
        do throws(SystemError) {
            thread = try OwnerThread(name: "journal", priority: .fifo(49)) {
                Self.run(shared, handoff.take(), time, turns)
            }
        } catch {
            throw .unavailable("no thread for the command journal: \(error)")
        }
    }

    private static func open(
        _ path: String, _ time: any TimeSource, _ notice: (String) -> Void
    ) throws(SpoolFault) -> (JournalEngine, [CommandResult]) {
        for isSecondTry in [false, true] {
            do throws(DatabaseError) {
                let engine = try JournalEngine(path: path)
                return (engine, try engine.closeOrphans())
            } catch {
                guard error.isCorruption, !isSecondTry else {
                    throw .unavailable(
                        "the command journal \(path) cannot be opened: \(error.message); "
                            + "make the spool's folder writable for this user")
                }
                let aside = try SpoolOpening.setAside(path, at: time.utc())
                notice(
                    "the command journal was damaged (\(error.message)); it is kept as \(aside), and commands "
                        + "received before today are no longer known")
            }
        }
        preconditionFailure("a second try returns or throws")
    }

    package func admit(
        id: String, device: String, at time: Timestamp, verdict: CommandResult?,
        then: @escaping @Sendable (Admission) -> Void
    ) {
        let open = CommandResult(id: id, device: device, stage: .received)
        post(Entry(result: verdict ?? open, time: time, isNew: true, then: then))
    }

    package func record(_ result: CommandResult, then: @escaping @Sendable (Admission) -> Void) {
        post(Entry(result: result, time: time.utc(), isNew: false, then: then))
    }

    /// How often the journal's thread came round: the sign of life that the watchdog follows.
    package var progress: Int64 { turns.load() }

    package func orphans() throws(SpoolFault) -> [CommandResult] { lost }

    /// Stores what is waiting, and closes.
    package func close() {
        shared.signal { state in
            state.stopping = true
            return true
        }
        thread.join()
    }

    private func post(_ entry: Entry) {
        var accepted = false
        shared.signal { state in
            // Results are always taken: there are no more of them than commands.
            accepted = !entry.isNew || state.entries.count < Self.limit
            if accepted { state.entries.append(entry) }
            return accepted
        }
        if !accepted { entry.then(.unavailable("\(Self.limit) commands wait to be stored")) }
    }

    private static func run(
        _ shared: Monitor<State>, _ engine: JournalEngine, _ time: any TimeSource, _ turns: Counter
    ) {
        while true {
            let entries = shared.wait { state -> Wait<[Entry]> in
                turns.add()
                if state.entries.isEmpty { return state.stopping ? .done([]) : .pause(.seconds(1)) }
                defer { state.entries = [] }
                return .done(state.entries)
            }
            guard !entries.isEmpty else { return }
            store(entries, engine, time)
            engine.tidy()
        }
    }

    /// One commit for all that came together; the answers are given after it.
    private static func store(_ entries: [Entry], _ engine: JournalEngine, _ time: any TimeSource) {
        var answers: [Admission] = []
        do throws(DatabaseError) {
            answers = try engine.store(entries.map { ($0.result, $0.time, $0.isNew) }, now: time.utc())
        } catch {
            answers = entries.map { _ in .unavailable(error.message) }
        }
        for (entry, answer) in zip(entries, answers) { entry.then(answer) }
    }
}

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
