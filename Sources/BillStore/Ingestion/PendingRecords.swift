import FieldModel
import UsageWire

/// Accepted records on their way into the tables: what rating needs of each, and its text.
struct PendingRecords {
    private static let usageColumns = [
        "gw", "epoch", "seq", "kind", "at", "t_open", "t_close", "mono", "clock", "doubt", "class", "rg", "path",
        "iccid", "boot", "connection", "part", "up", "dn", "msgs", "estimated", "counted", "adj",
    ]

    private struct Place: Hashable {
        var gateway: Int64
        var epoch: UInt32
        var sequence: UInt64
    }

    private struct Part: Hashable {
        var connection: Int64
        var part: Int64
    }

    private let ledger: any BillingLedger
    private let received: Timestamp
    private var words: StoredWords
    private var connections: ConnectionBook
    private var boots: BootClocks
    private var sealed: [[SQLValue]] = []
    private var usage: [[SQLValue]] = []
    private var hashes: [Place: String] = [:]
    private var parts: Set<Part> = []
    private var corrections: Set<String> = []

    init(_ ledger: any BillingLedger, received: Timestamp) throws(StoreFault) {
        self.ledger = ledger
        self.received = received
        words = StoredWords(ledger)
        connections = try ConnectionBook(ledger)
        boots = BootClocks(ledger)
    }

    mutating func prefetch(_ keys: Set<ConnectionBook.Key>) throws(StoreFault) { try connections.prefetch(keys) }

    /// `h` of a record that was accepted.
    func hash(of record: UsageRecord, gateway: Int64) throws(StoreFault) -> String? {
        let place = Place(gateway: gateway, epoch: record.epoch, sequence: record.sequence)
        if let known = hashes[place] { return known }
        return try ledger.first(
            "SELECT h FROM sealed WHERE gw = ?1 AND epoch = ?2 AND seq = ?3 LIMIT 1",
            [.integer(gateway), .whole(record.epoch), .whole(record.sequence)]
        ) { $0.text(0) }
    }

    /// When the record counts, and what is odd about it though it is the chain's next.
    mutating func add(
        _ record: UsageRecord, _ arrival: Arrival, gateway: Int64, closed: Timestamp
    ) throws(StoreFault) -> (RecordTime, [(AlarmKind, String)]) {
        var alarms: [(AlarmKind, String)] = []
        var row = try UsageRow(record, gateway: gateway, &words)
        row.time = try time(of: record, row, gateway, closed)
        if row.time.doubt != nil, record.draft.times.clock != .unsynced {
            alarms.append((.clock, "the stamp \(record.draft.times.open.iso8601) cannot be right: \(row.time.remark)"))
        }
        if let fault = try follow(record, arrival.runningCount, &row, gateway) { alarms.append(fault) }
        if let correction = record.draft.correction {
            if let fault = try correct(correction, &row, gateway) { alarms.append(fault) }
        }
        usage.append(row.values)
        let place = Place(gateway: gateway, epoch: record.epoch, sequence: record.sequence)
        sealed.append([
            .integer(gateway), .whole(record.epoch), .whole(record.sequence), .text(record.hash), .text(arrival.text),
        ])
        hashes[place] = record.hash
        return (row.time, alarms)
    }

    mutating func save() throws(StoreFault) {
        try flush()
        try connections.save()
    }

    private mutating func flush() throws(StoreFault) {
        try ledger.insert(into: "sealed", ["gw", "epoch", "seq", "h", "body"], sealed)
        try ledger.insert(into: "usage", Self.usageColumns, usage)
        sealed.removeAll(keepingCapacity: true)
        usage.removeAll(keepingCapacity: true)
    }

    private mutating func time(
        of record: UsageRecord, _ row: UsageRow, _ gateway: Int64, _ closed: Timestamp
    ) throws(StoreFault) -> RecordTime {
        let times = record.draft.times
        let boot = row.boot ?? 0
        var known = RecordTime.Surroundings(
            ahead: try boots.ahead(gateway, boot), closed: closed, received: received)
        if known.ahead == nil, times.clock != .unsynced, RecordTime.isCredible(times, known) {
            // What this boot sealed before its clock was right finds its place now.
            if try boots.set(gateway, boot, ahead: times.close.microseconds - times.monotonic) {
                try flush()
                try boots.correctUnplaced(gateway, boot)
            }
            known.ahead = times.close.microseconds - times.monotonic
        }
        return RecordTime(times, known)
    }

    /// Looks at the connection's running figures. A part that was recorded before under another number counts once.
    private mutating func follow(
        _ record: UsageRecord, _ runningCount: String?, _ row: inout UsageRow, _ gateway: Int64
    ) throws(StoreFault) -> (AlarmKind, String)? {
        guard let volume = record.draft.volume, record.draft.kind != .adjust, let text = runningCount else {
            return nil
        }
        let key = ConnectionBook.Key(gateway: gateway, text: text)
        let (id, before) = try connections.look(up: key)
        let part = Int64(record.draft.connection?.part ?? 0)
        if record.draft.connection != nil {
            (row.connection, row.part) = (id, part)
            if let before, part <= before.part, try isCounted(Part(connection: id, part: part)) {
                row.isCounted = false
                return (
                    .countedTwice,
                    "part \(part) of this connection was recorded before under another number: it is counted once"
                )
            }
            parts.insert(Part(connection: id, part: part))
        }
        let (up, down) = (Int64(clamping: volume.up), Int64(clamping: volume.down))
        if let before, part < before.part { return nil }
        connections.update(key, part: part, up: up, down: down)
        guard let before, up < before.up || down < before.down else { return nil }
        return (
            .decrease,
            "the running count falls from \(before.up) to \(up) up, from \(before.down) to \(down) down: its own figures "
                + "d_up and d_dn are billed as they stand"
        )
    }

    private func isCounted(_ part: Part) throws(StoreFault) -> Bool {
        if parts.contains(part) { return true }
        return try ledger.integer(
            "SELECT count(*) FROM usage WHERE connection = ?1 AND part = ?2 AND counted = 1 LIMIT 1",
            [.integer(part.connection), .integer(part.part)]) > 0
    }

    /// A correction belongs where its target does; one that is sent again counts once.
    private mutating func correct(
        _ correction: UsageCorrection, _ row: inout UsageRow, _ gateway: Int64
    ) throws(StoreFault) -> (AlarmKind, String)? {
        try flush()
        row.correction = StoredWords.storable(correction.id)
        let again = try ledger.integer(
            "SELECT count(*) FROM usage WHERE gw = ?1 AND adj = ?2 AND counted = 1 LIMIT 1",
            [.integer(gateway), .optional(row.correction)])
        if again > 0 {
            row.isCounted = false
            return nil
        }
        let found = try ledger.first(
            """
            SELECT at, class, rg, path, iccid, connection, doubt FROM usage
            WHERE gw = ?1 AND epoch = ?2 AND seq = ?3 LIMIT 1
            """, [.integer(gateway), .whole(correction.epoch), .whole(correction.sequence)]
        ) { Target($0) }
        guard let found else {
            return (
                .noTarget,
                "it corrects record \(correction.sequence) of epoch \(correction.epoch), which is not here: it counts by "
                    + "its own time"
            )
        }
        row.inherit(found)
        return nil
    }

    /// What a correction takes over from the record it corrects.
    struct Target {
        var at: Timestamp
        var trafficClass: Int64?
        var group: Int64?
        var path: Int64?
        var card: Int64?
        var connection: Int64?
        var doubt: RecordTime.Doubt?

        init(_ row: any SQLRow) {
            at = Timestamp(microseconds: row.integer(0))
            trafficClass = row.optionalInteger(1)
            group = row.optionalInteger(2)
            path = row.optionalInteger(3)
            card = row.optionalInteger(4)
            connection = row.optionalInteger(5)
            doubt = row.optionalText(6).flatMap(RecordTime.Doubt.init)
        }
    }
}
