/// The store's tables, the same for SQLite and PostgreSQL. A migration, once released, is never edited: later versions
/// append to the list.
///
/// Times are microseconds of UTC, dates `YYYY-MM-DD` in the desk's time zone, money is whole minor units.
enum BillSchema {
    static let migrations = [records + business, takeOver]

    /// What came from gateways. `sealed` keeps each record as it was sealed, `usage` what rating reads of it.
    private static let records = """
        CREATE TABLE word (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT;
        CREATE TABLE gateway (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
        CREATE TABLE gateway_key (
            gw INTEGER NOT NULL REFERENCES gateway, key TEXT NOT NULL, last_epoch INTEGER, last_seq INTEGER,
            PRIMARY KEY (gw, key)
        ) STRICT;
        CREATE TABLE chain (
            gw INTEGER NOT NULL REFERENCES gateway,
            epoch INTEGER NOT NULL CHECK (epoch >= 0),
            genesis TEXT NOT NULL,
            seq INTEGER NOT NULL CHECK (seq >= 0),
            h TEXT NOT NULL,
            closed INTEGER NOT NULL,
            open_from INTEGER NOT NULL, open_up INTEGER NOT NULL, open_dn INTEGER NOT NULL,
            stop TEXT,
            PRIMARY KEY (gw, epoch)
        ) STRICT;
        CREATE TABLE sealed (
            gw INTEGER NOT NULL, epoch INTEGER NOT NULL, seq INTEGER NOT NULL, h TEXT NOT NULL, body TEXT NOT NULL,
            PRIMARY KEY (gw, epoch, seq)
        ) STRICT;
        CREATE TABLE held (
            gw INTEGER NOT NULL, epoch INTEGER NOT NULL, seq INTEGER NOT NULL, h TEXT NOT NULL, body TEXT NOT NULL,
            at INTEGER NOT NULL,
            PRIMARY KEY (gw, epoch, seq)
        ) STRICT;
        CREATE TABLE alarm (
            id INTEGER PRIMARY KEY, at INTEGER NOT NULL, gw INTEGER, epoch INTEGER, seq INTEGER, kind TEXT NOT NULL,
            text TEXT NOT NULL, body TEXT, times INTEGER NOT NULL, done_at INTEGER
        ) STRICT;
        CREATE INDEX alarm_of ON alarm (gw, epoch, seq, kind);
        CREATE TABLE connection (
            id INTEGER PRIMARY KEY, gw INTEGER NOT NULL, key TEXT NOT NULL,
            part INTEGER NOT NULL, up INTEGER NOT NULL, dn INTEGER NOT NULL,
            UNIQUE (gw, key)
        ) STRICT;
        CREATE TABLE boot (
            gw INTEGER NOT NULL, boot INTEGER NOT NULL, ahead INTEGER NOT NULL, PRIMARY KEY (gw, boot)
        ) STRICT;
        CREATE TABLE usage (
            gw INTEGER NOT NULL, epoch INTEGER NOT NULL, seq INTEGER NOT NULL,
            kind TEXT NOT NULL,
            at INTEGER NOT NULL,
            t_open INTEGER NOT NULL, t_close INTEGER NOT NULL, mono INTEGER NOT NULL, clock INTEGER NOT NULL,
            doubt TEXT,
            class INTEGER, rg INTEGER, path INTEGER, iccid INTEGER, boot INTEGER,
            connection INTEGER, part INTEGER,
            up INTEGER NOT NULL, dn INTEGER NOT NULL, msgs INTEGER NOT NULL,
            estimated INTEGER NOT NULL, counted INTEGER NOT NULL,
            adj TEXT,
            PRIMARY KEY (gw, epoch, seq)
        ) STRICT;
        CREATE INDEX usage_by_time ON usage (gw, at);
        CREATE UNIQUE INDEX usage_once ON usage (connection, part) WHERE counted = 1 AND connection IS NOT NULL;
        CREATE UNIQUE INDEX usage_adjusted_once ON usage (gw, adj) WHERE counted = 1 AND adj IS NOT NULL;
        """

    /// What the desk says: who has what from when, what is charged for, and what was invoiced.
    private static let business = """
        CREATE TABLE customer (
            id TEXT PRIMARY KEY, name TEXT NOT NULL, address TEXT NOT NULL, tax_id TEXT NOT NULL,
            language TEXT NOT NULL
        ) STRICT;
        CREATE TABLE assignment (
            id INTEGER PRIMARY KEY,
            subject TEXT NOT NULL,
            kind TEXT NOT NULL CHECK (kind IN ('gateway', 'sim', 'line', 'plan', 'fleet', 'customer', 'flag', 'gbr')),
            item TEXT NOT NULL,
            value TEXT,
            starts TEXT NOT NULL,
            recorded_at INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX assignment_of ON assignment (subject, kind, item, starts, id);
        CREATE TABLE plan (
            id TEXT NOT NULL, version INTEGER NOT NULL, hash TEXT NOT NULL, text TEXT NOT NULL, file TEXT NOT NULL,
            added_at INTEGER NOT NULL,
            PRIMARY KEY (id, version)
        ) STRICT;
        CREATE TABLE external_quantity (
            id INTEGER PRIMARY KEY,
            subject TEXT NOT NULL, name TEXT NOT NULL, at INTEGER NOT NULL, quantity TEXT NOT NULL,
            source TEXT NOT NULL, reference TEXT NOT NULL, recorded_at INTEGER NOT NULL,
            UNIQUE (subject, name, reference)
        ) STRICT;
        CREATE TABLE series (name TEXT PRIMARY KEY, next INTEGER NOT NULL) STRICT;
        CREATE TABLE invoice (
            number TEXT PRIMARY KEY,
            kind TEXT NOT NULL CHECK (kind IN ('invoice', 'credit')),
            subject TEXT NOT NULL,
            starts INTEGER NOT NULL, ends INTEGER NOT NULL,
            original TEXT REFERENCES invoice (number),
            issued_at INTEGER NOT NULL,
            document TEXT NOT NULL
        ) STRICT;
        CREATE INDEX invoice_of ON invoice (subject, starts);
        CREATE TABLE invoiced (
            number TEXT NOT NULL REFERENCES invoice (number), kind TEXT NOT NULL,
            account TEXT NOT NULL, starts INTEGER NOT NULL, data TEXT NOT NULL,
            PRIMARY KEY (number, account, starts)
        ) STRICT;
        CREATE UNIQUE INDEX invoiced_once ON invoiced (account, starts) WHERE kind = 'invoice';
        """

    /// Version 2. Chains that begin midway: their first records were never here.
    private static let takeOver = "ALTER TABLE chain ADD COLUMN begins INTEGER NOT NULL DEFAULT 0;"

    /// Brings the store to the newest version.
    static func migrate(_ ledger: any BillingLedger) throws(StoreFault) {
        let version = try self.version(of: ledger)
        guard version <= migrations.count else {
            throw .foreign(
                "\(ledger.place) was written by a newer fieldbill (version \(version) of its tables, this one knows "
                    + "\(migrations.count)): install that one again")
        }
        guard version < migrations.count else { return }
        try ledger.transaction { () throws(StoreFault) in
            for next in try self.version(of: ledger)..<migrations.count {
                if next == 0 {
                    try ledger.execute(
                        ledger.dialect(
                            "CREATE TABLE fieldbill (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;"))
                }
                try ledger.execute(ledger.dialect(migrations[next]))
                if next == 0 {
                    for table in ["invoice", "invoiced"] {
                        try ledger.execute(
                            ledger.protection(of: table, because: "an issued invoice is never changed: credit it"))
                    }
                }
                try ledger.execute("DELETE FROM fieldbill WHERE key = 'version'")
                try ledger.run("INSERT INTO fieldbill (key, value) VALUES ('version', ?1)", [.text("\(next + 1)")])
            }
        }
    }

    /// 0 of a store that is empty. A store that holds something else is refused: it is somebody else's.
    private static func version(of ledger: any BillingLedger) throws(StoreFault) -> Int {
        let tables = try Set(ledger.tables())
        if tables.isEmpty { return 0 }
        guard tables.contains("fieldbill"), tables.contains("usage") else {
            throw .foreign(
                "\(ledger.place) holds other tables (\(tables.sorted().prefix(4).joined(separator: ", "))) and none of "
                    + "fieldbill: name an empty one")
        }
        let version = try ledger.first("SELECT value FROM fieldbill WHERE key = 'version' LIMIT 1") { $0.text(0) }
        return version.flatMap { Int($0) } ?? 0
    }
}
