/// Where a store is, as the settings write it.
package enum StoreAddress: Hashable, Sendable {
    case file(String)
    case server(String)

    /// A path, or what begins with `postgresql://` or `postgres://`, or names `host=`, `dbname=` or `service=`.
    package init(_ text: String) {
        let isServer =
            ["postgresql://", "postgres://"].contains { text.hasPrefix($0) }
            || text.split(separator: " ").contains { word in
                ["host=", "dbname=", "service="].contains { word.hasPrefix($0) }
            }
        self = isServer ? .server(text) : .file(text)
    }

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
