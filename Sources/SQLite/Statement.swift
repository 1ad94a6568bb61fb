import CSQLite

/// A prepared statement. Parameters count from 1, columns from 0.
package struct Statement: ~Copyable {
    private let handle: OpaquePointer

    init(_ handle: OpaquePointer) {
        self.handle = handle
    }

    deinit {
        sqlite3_finalize(handle)
    }

    package borrowing func bind(_ index: Int32, _ value: Int64) {
        sqlite3_bind_int64(handle, index, value)
    }

    package borrowing func bindNull(_ index: Int32) {
        sqlite3_bind_null(handle, index)
    }

    package borrowing func bind(_ index: Int32, _ value: String) {
        var value = value
        value.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) { text in
                _ = fg_sqlite_bind_text(handle, index, text.baseAddress, Int32(text.count))
            }
        }
    }

    /// The bytes stay in place while `body` runs.
    package borrowing func bind<Result>(
        _ index: Int32, _ bytes: [UInt8], _ body: () throws(DatabaseError) -> Result
    ) throws(DatabaseError) -> Result {
        try bytes.withUnsafeBufferPointer { buffer throws(DatabaseError) -> Result in
            _ = fg_sqlite_bind_blob_static(handle, index, buffer.baseAddress, Int32(buffer.count))
            return try body()
        }
    }

    /// True when there is a row.
    package borrowing func step() throws(DatabaseError) -> Bool {
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
    package borrowing func run() throws(DatabaseError) {
        _ = try step()
        reset()
    }

    package borrowing func reset() {
        sqlite3_reset(handle)
        sqlite3_clear_bindings(handle)
    }

    package borrowing func integer(_ column: Int32) -> Int64 { sqlite3_column_int64(handle, column) }
    package borrowing func isNull(_ column: Int32) -> Bool { sqlite3_column_type(handle, column) == SQLITE_NULL }

    /// Columns of a row; 0 of a statement that has no rows.
    package var columns: Int32 { sqlite3_column_count(handle) }

    package borrowing func text(_ column: Int32) -> String? {
        sqlite3_column_text(handle, column).map { String(cString: $0) }
    }

    package borrowing func bytes(_ column: Int32) -> [UInt8] {
        let count = Int(sqlite3_column_bytes(handle, column))
        guard count > 0, let start = sqlite3_column_blob(handle, column) else { return [] }
        return [UInt8](UnsafeRawBufferPointer(start: start, count: count))
    }
}
