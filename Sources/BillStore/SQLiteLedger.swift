import SQLite

/// The embedded store: one file.
package final class SQLiteLedger: BillingLedger {
    package let place: String
    private let database: Database
    private var statements: [String: CachedStatement] = [:]

    /// A statement that was prepared once, and whether somebody is reading from it now.
    private final class CachedStatement {
        let statement: Statement
        var isReading = false

        init(_ statement: consuming Statement) { self.statement = statement }
    }

    private struct Row: SQLRow {
        let cached: CachedStatement

        func isNull(_ column: Int) -> Bool { cached.statement.isNull(Int32(column)) }
        func integer(_ column: Int) -> Int64 { cached.statement.integer(Int32(column)) }
        func text(_ column: Int) -> String { cached.statement.text(Int32(column)) ?? "" }
    }

    package init(path: String) throws(StoreFault) {
        place = path
        do throws(DatabaseError) {
            database = try Database.open(path, .create)
            try database.execute("PRAGMA busy_timeout = 60000; PRAGMA cache_size = -16000; PRAGMA foreign_keys = ON;")
        } catch {
            throw Self.fault(error, path)
        }
    }

    package func execute(_ script: String) throws(StoreFault) {
        try attempt { () throws(DatabaseError) in try database.execute(script) }
    }

    package func run(_ sql: String, _ values: [SQLValue]) throws(StoreFault) -> Int {
        try attempt { () throws(DatabaseError) -> Int in
            let cached = try prepared(sql)
            defer { cached.statement.reset() }
            Self.bind(values, cached)
            _ = try cached.statement.step()
            return database.changes
        }
    }

    package func each(
        _ sql: String, _ values: [SQLValue], _ body: (any SQLRow) throws(StoreFault) -> Void
    ) throws(StoreFault) {
        let cached = try attempt { () throws(DatabaseError) in try prepared(sql) }
        defer {
            cached.statement.reset()
            cached.isReading = false
        }
        cached.isReading = true
        Self.bind(values, cached)
        let row = Row(cached: cached)
        while try attempt({ () throws(DatabaseError) in try cached.statement.step() }) { try body(row) }
    }

    package func insert(into table: String, _ columns: [String], _ rows: [[SQLValue]]) throws(StoreFault) {
        let marks = columns.indices.map { "?\($0 + 1)" }.joined(separator: ", ")
        let sql = "INSERT INTO \(table) (\(columns.joined(separator: ", "))) VALUES (\(marks))"
        try attempt { () throws(DatabaseError) in
            let cached = try prepared(sql)
            for row in rows {
                defer { cached.statement.reset() }
                Self.bind(row, cached)
                _ = try cached.statement.step()
            }
        }
    }

    package func transaction<Result>(_ body: () throws(StoreFault) -> Result) throws(StoreFault) -> Result {
        try within("BEGIN IMMEDIATE", body)
    }

    package func snapshot<Result>(_ body: () throws(StoreFault) -> Result) throws(StoreFault) -> Result {
        try within("BEGIN DEFERRED", body)
    }

    package func tables() throws(StoreFault) -> [String] {
        try all("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'") { $0.text(0) }
    }

    package func dialect(_ schema: String) -> String { schema }

    package func protection(of table: String, because reason: String) -> String {
        ["UPDATE", "DELETE"].map { change in
            """
            CREATE TRIGGER \(table)_no_\(change.lowercased()) BEFORE \(change) ON \(table)
            BEGIN SELECT RAISE(ABORT, '\(reason)'); END;
            """
        }.joined(separator: "\n")
    }

    private func within<Result>(
        _ beginning: String, _ body: () throws(StoreFault) -> Result
    ) throws(StoreFault) -> Result {
        try execute(beginning)
        do throws(StoreFault) {
            let result = try body()
            try execute("COMMIT")
            return result
        } catch {
            // SQLite may have rolled back by itself; a second ROLLBACK then only says so.
            try? database.execute("ROLLBACK")
            throw error
        }
    }

    /// A statement that is being read from cannot be bound anew: whoever needs it meanwhile gets one of his own.
    private func prepared(_ sql: String) throws(DatabaseError) -> CachedStatement {
        if let known = statements[sql], !known.isReading { return known }
        let fresh = CachedStatement(try database.prepare(sql))
        if statements[sql] == nil { statements[sql] = fresh }
        return fresh
    }

    private static func bind(_ values: [SQLValue], _ cached: CachedStatement) {
        for (index, value) in values.enumerated() {
            switch value {
            case .integer(let number): cached.statement.bind(Int32(index + 1), number)
            case .text(let text): cached.statement.bind(Int32(index + 1), text)
            case .null: cached.statement.bindNull(Int32(index + 1))
            }
        }
    }

    private func attempt<Result>(
        _ body: () throws(DatabaseError) -> Result
    ) throws(StoreFault) -> Result {
        do throws(DatabaseError) {
            return try body()
        } catch {
            throw Self.fault(error, place)
        }
    }

    private static func fault(_ error: DatabaseError, _ path: String) -> StoreFault {
        if error.isCorruption {
            return .foreign(
                "\(path) is no database that can be read (\(error.message)): name the right folder, or bring back the "
                    + "file from a copy")
        }
        if error.isRefusal { return .refused(error.message) }
        if error.isBusy { return .unavailable("\(path): another process has been writing for a minute; try again") }
        return .unavailable("\(path): \(error.message)")
    }
}
