import FieldModel
import UsageWire

/// The running figures of connections, by which a part recorded twice and a count that goes down are noticed. It lives as long
/// as a batch: other processes write too.
struct ConnectionBook {
    struct Entry {
        var id: Int64
        var part: Int64
        var up: Int64
        var down: Int64
        fileprivate var isNew: Bool
        fileprivate var isChanged = false
    }

    struct Key: Hashable {
        var gateway: Int64
        var text: String
    }

    private let ledger: any BillingLedger
    private var entries: [Key: Entry] = [:]
    private var next: Int64

    init(_ ledger: any BillingLedger) throws(StoreFault) {
        self.ledger = ledger
        next = try ledger.integer("SELECT COALESCE(max(id), 0) + 1 FROM connection LIMIT 1")
    }

    /// What names the record's running count: its connection, or boot, path and class of what no connection explains.
    static func key(of record: UsageRecord) -> String? {
        if let connection = record.draft.connection {
            return "\(connection.boot) \(connection.start) \(connection.id) \(connection.tuple)"
        }
        guard record.draft.kind == .unattributed else { return nil }
        return "\(record.boot) \(record.draft.trafficClass ?? 0) \(record.draft.subscription.path ?? "")"
    }

    /// Fetches many at once: a question for each would cost a server more than the rest of the work.
    mutating func prefetch(_ keys: Set<Key>) throws(StoreFault) {
        for (gateway, keys) in Dictionary(grouping: keys.filter { entries[$0] == nil }, by: \.gateway) {
            let texts = keys.map(\.text)
            for start in stride(from: 0, to: texts.count, by: 200) {
                try fetch(gateway, Array(texts[start..<min(start + 200, texts.count)]))
            }
        }
    }

    private mutating func fetch(_ gateway: Int64, _ texts: [String]) throws(StoreFault) {
        let marks = texts.indices.map { "?\($0 + 2)" }.joined(separator: ", ")
        let found = try ledger.all(
            "SELECT key, id, part, up, dn FROM connection WHERE gw = ?1 AND key IN (\(marks))",
            [.integer(gateway)] + texts.map { .text(StoredWords.storable($0)) }
        ) { row in
            (
                row.text(0),
                Entry(
                    id: row.integer(1), part: row.integer(2), up: row.integer(3), down: row.integer(4), isNew: false)
            )
        }
        for (text, entry) in found { entries[Key(gateway: gateway, text: text)] = entry }
    }

    /// The entry as it was before this record; nil of a connection that is new, which then has a number.
    mutating func look(up key: Key) throws(StoreFault) -> (id: Int64, before: Entry?) {
        if entries[key] == nil { try fetch(key.gateway, [key.text]) }
        if let known = entries[key] { return (known.id, known.isNew && known.part < 0 ? nil : known) }
        defer { next += 1 }
        entries[key] = Entry(id: next, part: -1, up: 0, down: 0, isNew: true)
        return (next, nil)
    }

    mutating func update(_ key: Key, part: Int64, up: Int64, down: Int64) {
        guard var entry = entries[key] else { return }
        (entry.part, entry.up, entry.down, entry.isChanged) = (part, up, down, true)
        entries[key] = entry
    }

    /// Writes what has changed: once, at the end of a batch.
    func save() throws(StoreFault) {
        var fresh: [[SQLValue]] = []
        var changed: [Entry] = []
        for (key, entry) in entries where entry.isNew || entry.isChanged {
            if entry.isNew {
                fresh.append([
                    .integer(entry.id), .integer(key.gateway), .text(StoredWords.storable(key.text)),
                    .integer(max(0, entry.part)), .integer(entry.up), .integer(entry.down),
                ])
            } else {
                changed.append(entry)
            }
        }
        try ledger.insert(into: "connection", ["id", "gw", "key", "part", "up", "dn"], fresh)
        for start in stride(from: 0, to: changed.count, by: 100) {
            try update(changed[start..<min(start + 100, changed.count)])
        }
    }

    private func update(_ changed: ArraySlice<Entry>) throws(StoreFault) {
        let selects = changed.indices.map { index in
            let first = (index - changed.startIndex) * 4 + 1
            let columns = zip(["id", "part", "up", "dn"], first...).map { name, number in
                "CAST(?\(number) AS BIGINT) AS \(name)"
            }
            return "SELECT " + columns.joined(separator: ", ")
        }
        try ledger.run(
            "UPDATE connection SET part = new.part, up = new.up, dn = new.dn FROM ("
                + selects.joined(separator: " UNION ALL ") + ") AS new WHERE connection.id = new.id",
            changed.flatMap { [.integer($0.id), .integer($0.part), .integer($0.up), .integer($0.down)] })
    }
}
