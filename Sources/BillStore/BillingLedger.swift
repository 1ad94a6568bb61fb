/// The desk's store. What fieldbill keeps is written once, in the SQL that SQLite and PostgreSQL share; the two differ in
/// these few calls only.
///
/// Parameters are written `?1`, `?2` …; integers are 64 bits wide, and sums are cast to BIGINT. Calls block. One thread
/// uses a ledger; several processes may use one store: writers wait for one another, readers see one moment.
package protocol BillingLedger: AnyObject {
    /// Where the store is, without its password.
    var place: String { get }

    /// Statements without parameters, several at once.
    func execute(_ script: String) throws(StoreFault)

    /// One statement; the number of rows it changed.
    @discardableResult
    func run(_ sql: String, _ values: [SQLValue]) throws(StoreFault) -> Int

    /// Rows one after another, a few thousand in memory at most. `body` may run other statements.
    func each(
        _ sql: String, _ values: [SQLValue], _ body: (any SQLRow) throws(StoreFault) -> Void
    ) throws(StoreFault)

    /// Many rows at once, the fastest way the store has. All of them go in or none.
    func insert(into table: String, _ columns: [String], _ rows: [[SQLValue]]) throws(StoreFault)

    /// All of `body` or nothing of it; no other process writes meanwhile.
    @discardableResult
    func transaction<Result>(_ body: () throws(StoreFault) -> Result) throws(StoreFault) -> Result

    /// Everything that `body` reads is of one moment.
    @discardableResult
    func snapshot<Result>(_ body: () throws(StoreFault) -> Result) throws(StoreFault) -> Result

    /// The names of the tables that are there.
    func tables() throws(StoreFault) -> [String]

    /// The schema in the store's own words: how it says integer, and how it keeps rows from being changed.
    func dialect(_ schema: String) -> String
    func protection(of table: String, because reason: String) -> String
}

extension BillingLedger {
    /// The first row's value, nil when there is no row.
    package func first<Value>(
        _ sql: String, _ values: [SQLValue] = [], _ read: (any SQLRow) -> Value
    ) throws(StoreFault) -> Value? {
        var found: Value?
        try each(sql, values) { row throws(StoreFault) in if found == nil { found = read(row) } }
        return found
    }

    package func all<Value>(
        _ sql: String, _ values: [SQLValue] = [], _ read: (any SQLRow) -> Value
    ) throws(StoreFault) -> [Value] {
        var found: [Value] = []
        try each(sql, values) { row throws(StoreFault) in found.append(read(row)) }
        return found
    }

    package func integer(_ sql: String, _ values: [SQLValue] = []) throws(StoreFault) -> Int64 {
        try first(sql, values) { $0.integer(0) } ?? 0
    }
}
