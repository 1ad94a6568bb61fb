import CSQLite

/// What SQLite said, with its words.
struct DatabaseError: Error, CustomStringConvertible {
    var code: Int32
    var message: String

    var description: String { message }

    /// The file is damaged, or is no database at all.
    var isCorruption: Bool { code & 0xFF == SQLITE_CORRUPT || code & 0xFF == SQLITE_NOTADB }
}

/// One connection to a database file, in WAL mode with every commit synchronised. One thread uses it.
struct Database: ~Copyable {
    private let handle: OpaquePointer

    enum Access {
        case create, read
    }

    private init(handle: OpaquePointer) {
        self.handle = handle
    }

    static func open(_ path: String, _ access: Access) throws(DatabaseError) -> Database {
        var handle: OpaquePointer?
        let flags = access == .create ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY
        let status = sqlite3_open_v2(path, &handle, flags | SQLITE_OPEN_NOMUTEX, nil)
        guard status == SQLITE_OK, let handle else {
            let message = handle.map { String(cString: sqlite3_errmsg($0)) } ?? "out of memory"
            sqlite3_close_v2(handle)
            throw DatabaseError(code: status, message: "\(path): \(message)")
        }
        sqlite3_extended_result_codes(handle, 1)
        sqlite3_busy_timeout(handle, 2000)
        let database = Database(handle: handle)
        if access == .create { try database.makeDurable(path) }
        return database
    }

    deinit {
        sqlite3_close_v2(handle)
    }

    /// SQLite takes a pragma it cannot honour without a word, so both are read back.
    private borrowing func makeDurable(_ path: String) throws(DatabaseError) {
        try execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -512;")
        let mode = try text("PRAGMA journal_mode")
        guard mode == "wal", try integer("PRAGMA synchronous") == 2 else {
            throw DatabaseError(code: SQLITE_CANTOPEN, message: "\(path): this file system allows no write-ahead log")
        }
    }

    borrowing func execute(_ sql: String) throws(DatabaseError) {
        guard sqlite3_exec(handle, sql, nil, nil, nil) == SQLITE_OK else { throw error() }
    }

    borrowing func prepare(_ sql: String) throws(DatabaseError) -> Statement {
        var statement: OpaquePointer?
        guard sqlite3_prepare_v3(handle, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &statement, nil) == SQLITE_OK,
            let statement
        else { throw error() }
        return Statement(statement)
    }

    /// The first column of the first row, 0 when there is none.
    borrowing func integer(_ sql: String) throws(DatabaseError) -> Int64 {
        let statement = try prepare(sql)
        return try statement.step() ? statement.integer(0) : 0
    }

    borrowing func text(_ sql: String) throws(DatabaseError) -> String? {
        let statement = try prepare(sql)
        return try statement.step() ? statement.text(0) : nil
    }

    /// All of `body` or nothing of it.
    borrowing func transaction<Result>(_ body: () throws(DatabaseError) -> Result) throws(DatabaseError) -> Result {
        try execute("BEGIN IMMEDIATE")
        do throws(DatabaseError) {
            let result = try body()
            try execute("COMMIT")
            return result
        } catch {
            // SQLite may have rolled back by itself; a second ROLLBACK then only says so.
            sqlite3_exec(handle, "ROLLBACK", nil, nil, nil)
            throw error
        }
    }

    private borrowing func error() -> DatabaseError {
        DatabaseError(code: sqlite3_extended_errcode(handle), message: String(cString: sqlite3_errmsg(handle)))
    }
}

/// A prepared statement. Parameters count from 1, columns from 0.
struct Statement: ~Copyable {
    private let handle: OpaquePointer

    fileprivate init(_ handle: OpaquePointer) {
        self.handle = handle
    }

    deinit {
        sqlite3_finalize(handle)
    }

    borrowing func bind(_ index: Int32, _ value: Int64) {
        sqlite3_bind_int64(handle, index, value)
    }

    borrowing func bind(_ index: Int32, _ value: String) {
        var value = value
        value.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) { text in
                _ = fg_sqlite_bind_text(handle, index, text.baseAddress, Int32(text.count))
            }
        }
    }

    /// The bytes stay in place while `body` runs.
    borrowing func bind<Result>(
        _ index: Int32, _ bytes: [UInt8], _ body: () throws(DatabaseError) -> Result
    ) throws(DatabaseError) -> Result {
        try bytes.withUnsafeBufferPointer { buffer throws(DatabaseError) -> Result in
            _ = fg_sqlite_bind_blob_static(handle, index, buffer.baseAddress, Int32(buffer.count))
            return try body()
        }
    }

    /// True when there is a row.
    borrowing func step() throws(DatabaseError) -> Bool {
        switch sqlite3_step(handle) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        default:
            let database = sqlite3_db_handle(handle)
            let error = DatabaseError(
                code: sqlite3_extended_errcode(database), message: String(cString: sqlite3_errmsg(database)))
            sqlite3_reset(handle)
            throw error
        }
    }

    /// Runs a statement that returns no row, and makes it ready for the next run.
    borrowing func run() throws(DatabaseError) {
        _ = try step()
        reset()
    }

    borrowing func reset() {
        sqlite3_reset(handle)
        sqlite3_clear_bindings(handle)
    }

    borrowing func integer(_ column: Int32) -> Int64 { sqlite3_column_int64(handle, column) }
    borrowing func isNull(_ column: Int32) -> Bool { sqlite3_column_type(handle, column) == SQLITE_NULL }

    borrowing func text(_ column: Int32) -> String? {
        sqlite3_column_text(handle, column).map { String(cString: $0) }
    }

    borrowing func bytes(_ column: Int32) -> [UInt8] {
        let count = Int(sqlite3_column_bytes(handle, column))
        guard count > 0, let start = sqlite3_column_blob(handle, column) else { return [] }
        return [UInt8](UnsafeRawBufferPointer(start: start, count: count))
    }
}
