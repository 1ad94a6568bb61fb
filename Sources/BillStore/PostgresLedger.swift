import CPostgres

/// The store on a server, for fleets that outgrow one file.
package final class PostgresLedger: BillingLedger {
    package let place: String
    private let connection: PostgresConnection
    private var isWithin = false
    private var cursors = 0

    /// `address` is a connection string as psql takes it: `postgresql://user@host/database`, or `host=… dbname=…`.
    package init(address: String) throws(StoreFault) {
        connection = try PostgresConnection(address)
        place = connection.place
    }

    package func execute(_ script: String) throws(StoreFault) { try connection.execute(script) }

    package func run(_ sql: String, _ values: [SQLValue]) throws(StoreFault) -> Int {
        try connection.run(Self.numbered(sql), values).changes
    }

    /// Through a cursor, so that a million rows take the memory of a few thousand, and other statements go between.
    package func each(
        _ sql: String, _ values: [SQLValue], _ body: (any SQLRow) throws(StoreFault) -> Void
    ) throws(StoreFault) {
        guard isWithin else {
            return try snapshot { () throws(StoreFault) in try each(sql, values, body) }
        }
        cursors += 1
        let name = "fieldbill_\(cursors)"
        // A short answer needs no cursor, and most are.
        if sql.hasSuffix("LIMIT 1") {
            return try PostgresRow.each(of: connection.run(Self.numbered(sql), values), body)
        }
        try connection.once("DECLARE \(name) NO SCROLL CURSOR FOR \(Self.numbered(sql))", values)
        while true {
            let answer = try connection.once("FETCH 4096 FROM \(name)", [])
            try PostgresRow.each(of: answer, body)
            if answer.rows < 4096 { break }
        }
        try connection.once("CLOSE \(name)", [])
    }

    package func insert(into table: String, _ columns: [String], _ rows: [[SQLValue]]) throws(StoreFault) {
        guard !rows.isEmpty else { return }
        try connection.copy("COPY \(table) (\(columns.joined(separator: ", "))) FROM STDIN", rows)
    }

    /// Writers take one lock, as SQLite's writers do, so that what was read stays true until the commit.
    package func transaction<Result>(_ body: () throws(StoreFault) -> Result) throws(StoreFault) -> Result {
        try within("BEGIN; SELECT pg_advisory_xact_lock(\(Self.writers))", body)
    }

    package func snapshot<Result>(_ body: () throws(StoreFault) -> Result) throws(StoreFault) -> Result {
        try within("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", body)
    }

    package func tables() throws(StoreFault) -> [String] {
        try connection.run(
            "SELECT table_name::text FROM information_schema.tables WHERE table_schema = current_schema()", []
        )
        .texts()
    }

    package func dialect(_ schema: String) -> String {
        schema.replacing("INTEGER", with: "BIGINT").replacing(") STRICT", with: ")")
    }

    package func protection(of table: String, because reason: String) -> String {
        """
        CREATE FUNCTION \(table)_stays() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION '\(reason)' USING ERRCODE = 'integrity_constraint_violation'; END $$;
        CREATE TRIGGER \(table)_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON \(table)
        EXECUTE FUNCTION \(table)_stays();
        """
    }

    private func within<Result>(
        _ beginning: String, _ body: () throws(StoreFault) -> Result
    ) throws(StoreFault) -> Result {
        precondition(!isWithin, "transactions are not nested")
        try execute(beginning)
        isWithin = true
        defer { isWithin = false }
        do throws(StoreFault) {
            let result = try body()
            try execute("COMMIT")
            return result
        } catch {
            try? execute("ROLLBACK")
            throw error
        }
    }

    /// "fieldbil", as a number: the lock that all writers of this software take.
    private static let writers = 0x6669_656C_6462_696C as Int64

    /// `?1` of the shared SQL is `$1` here.
    private static func numbered(_ sql: String) -> String { sql.replacing("?", with: "$") }
}

/// A row of an answer in binary form: integers in network order, texts as they are.
private struct PostgresRow: SQLRow {
    let answer: PostgresAnswer
    let row: Int32

    static func each(
        of answer: PostgresAnswer, _ body: (any SQLRow) throws(StoreFault) -> Void
    ) throws(StoreFault) {
        for row in 0..<answer.rows { try body(PostgresRow(answer: answer, row: Int32(row))) }
    }

    func isNull(_ column: Int) -> Bool { answer.isNull(row, Int32(column)) }

    func integer(_ column: Int) -> Int64 {
        let bytes = answer.bytes(row, Int32(column))
        switch bytes.count {
        case 8: return Int64(bigEndian: bytes.loadUnaligned(as: Int64.self))
        case 4: return Int64(Int32(bigEndian: bytes.loadUnaligned(as: Int32.self)))
        case 2: return Int64(Int16(bigEndian: bytes.loadUnaligned(as: Int16.self)))
        case 1: return Int64(bytes[0])
        default: return 0
        }
    }

    func text(_ column: Int) -> String { String(decoding: answer.bytes(row, Int32(column)), as: UTF8.self) }
}
