import FieldModel
import UsageWire

/// Alarms as they are kept: the same one again only counts.
extension BillingLedger {
    private static var mostOfOneKind: Int64 { 200 }

    func raise(_ alarm: Alarm, at time: Timestamp) throws(StoreFault) {
        let gateway = try alarm.gateway.flatMap { (name) throws(StoreFault) in try gatewayNumber(name) }
        let place: [SQLValue] = [
            .optional(gateway), .optional(alarm.epoch), .optional(alarm.sequence), .text(alarm.kind.rawValue),
        ]
        let again = try run(
            """
            UPDATE alarm SET times = times + 1 WHERE done_at IS NULL AND kind = ?4 AND COALESCE(gw, 0) = COALESCE(?1, 0)
            AND COALESCE(epoch, 0) = COALESCE(?2, 0) AND COALESCE(seq, 0) = COALESCE(?3, 0) AND text = ?5
            """, place + [.text(StoredWords.storable(alarm.text))])
        guard again == 0 else { return }
        // Whoever may write anything to a topic could fill the disk with ever other texts: beyond so many the last counts.
        if alarm.kind == .unreadable || alarm.kind == .stranger {
            let values: [SQLValue] = [.text(alarm.kind.rawValue)]
            let open = "FROM alarm WHERE done_at IS NULL AND kind = ?1"
            if try integer("SELECT count(*) \(open) LIMIT 1", values) >= Self.mostOfOneKind {
                let last = try integer("SELECT COALESCE(max(id), 0) \(open) LIMIT 1", values)
                try run("UPDATE alarm SET times = times + 1 WHERE id = ?1", [.integer(last)])
                return
            }
        }
        let number = try integer("SELECT COALESCE(max(id), 0) + 1 FROM alarm LIMIT 1")
        try run(
            """
            INSERT INTO alarm (gw, epoch, seq, kind, text, id, at, body, times)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 1)
            """,
            place + [
                .text(StoredWords.storable(alarm.text)), .integer(number), .integer(time.microseconds),
                .optional(alarm.body.map { StoredWords.storable(String($0.prefix(UsageRecord.longest))) }),
            ])
    }

    /// Those nobody has closed yet, newest last.
    package func openAlarms(limit: Int = 1000) throws(StoreFault) -> [StoredAlarm] {
        try all(
            """
            SELECT a.id, a.at, a.kind, g.name, a.epoch, a.seq, a.text, a.body, a.times FROM alarm a
            LEFT JOIN gateway g ON g.id = a.gw WHERE a.done_at IS NULL ORDER BY a.id LIMIT \(limit)
            """
        ) { row in
            StoredAlarm(
                number: row.integer(0), at: Timestamp(microseconds: row.integer(1)), times: row.integer(8),
                alarm: Alarm(
                    AlarmKind(rawValue: row.text(2)) ?? .unreadable, gateway: row.optionalText(3),
                    epoch: row.optionalInteger(4).map { UInt32(clamping: $0) },
                    sequence: row.optionalInteger(5).map { UInt64(clamping: $0) }, text: row.text(6),
                    body: row.optionalText(7)))
        }
    }

    /// Somebody has looked at it. False when there is no such alarm open.
    package func closeAlarm(_ number: Int64, at time: Timestamp) throws(StoreFault) -> Bool {
        try transaction { () throws(StoreFault) -> Bool in
            try run(
                "UPDATE alarm SET done_at = ?2 WHERE id = ?1 AND done_at IS NULL",
                [.integer(number), .integer(time.microseconds)]) > 0
        }
    }
}

package struct StoredAlarm: Hashable, Sendable {
    package var number: Int64
    package var at: Timestamp
    /// How often it came.
    package var times: Int64
    package var alarm: Alarm
}
