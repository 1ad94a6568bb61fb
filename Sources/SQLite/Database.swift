import CSQLite

/// One connection to a database file, in WAL mode with every commit synchronised. One thread uses it.
package struct Database: ~Copyable {
    private let handle: OpaquePointer

    package enum Access {
        case create, read
    }

    private init(handle: OpaquePointer) {
        self.handle = handle
    }

    package static func open(_ path: String, _ access: Access) throws(DatabaseError) -> Database {
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

    package borrowing func execute(_ sql: String) throws(DatabaseError) {
        guard sqlite3_exec(handle, sql, nil, nil, nil) == SQLITE_OK else { throw error() }
    }

    package borrowing func prepare(_ sql: String) throws(DatabaseError) -> Statement {
        var statement: OpaquePointer?
        guard sqlite3_prepare_v3(handle, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &statement, nil) == SQLITE_OK,
            let statement
        else { throw error() }
        return Statement(statement)
    }

    /// The first column of the first row, 0 when there is none.
    package borrowing func integer(_ sql: String) throws(DatabaseError) -> Int64 {
        let statement = try prepare(sql)
        return try statement.step() ? statement.integer(0) : 0
    }

    package borrowing func text(_ sql: String) throws(DatabaseError) -> String? {
        let statement = try prepare(sql)
        return try statement.step() ? statement.text(0) : nil
    }

    /// All of `body` or nothing of it.
    package borrowing func transaction<Result>(_ body: () throws(DatabaseError) -> Result) throws(DatabaseError)
        -> Result
    {
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

    /// Rows that the last statement changed.
    package var changes: Int { Int(sqlite3_changes64(handle)) }

    private borrowing func error() -> DatabaseError {
        DatabaseError(code: sqlite3_extended_errcode(handle), message: String(cString: sqlite3_errmsg(handle)))
    }
}
