/// Where a store is.
package enum StoreAddress: Hashable, Sendable {
    case file(String)
    /// A connection string as psql takes it.
    case server(String)

    /// Opens it and brings its tables to the newest version.
    package func open() throws(StoreFault) -> any BillingLedger {
        let ledger: any BillingLedger
        switch self {
        case .file(let path): ledger = try SQLiteLedger(path: path)
        case .server(let address): ledger = try PostgresLedger(address: address)
        }
        try BillSchema.migrate(ledger)
        return ledger
    }
}
