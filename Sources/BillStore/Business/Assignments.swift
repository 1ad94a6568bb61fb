import FieldModel

/// From a date on, something belongs to a machine or a fleet, until something else is said for a later date. What was
/// said before is kept: an invoice can be explained by what was known when it was issued.
package struct Assignment: Hashable, Sendable {
    package enum Kind: String, Sendable, CaseIterable {
        /// Machine: the gateway that records for it, `gateway` or `gateway/path`.
        case gateway
        /// Machine: a line; its item is the line's name.
        case line
        /// Machine: the card (ICCID) in a line; its item is the line's name.
        case sim
        /// Machine or fleet: `plan@version`.
        case plan
        /// Machine: the fleet it is invoiced with.
        case fleet
        /// Machine or fleet: who pays.
        case customer
        /// Machine or fleet: the reserved Mbit/s of a line; its item is the line's name.
        case reserved = "gbr"
        /// Machine or fleet: what happened and a charge waits for; its item is the event's name.
        case event = "flag"
    }

    package var subject: String
    package var kind: Kind
    package var item: String
    /// Nil ends what was assigned before.
    package var value: String?
    /// `YYYY-MM-DD`, from local midnight.
    package var starts: String

    package init(subject: String, kind: Kind, item: String = "", value: String?, starts: String) {
        self.subject = subject
        self.kind = kind
        self.item = item
        self.value = value
        self.starts = starts
    }
}

extension BillingLedger {
    package func assign(_ assignments: [Assignment], at time: Timestamp) throws(StoreFault) {
        try transaction { () throws(StoreFault) in
            var number = try integer("SELECT COALESCE(max(id), 0) + 1 FROM assignment LIMIT 1")
            for one in assignments {
                try run(
                    """
                    INSERT INTO assignment (id, subject, kind, item, value, starts, recorded_at)
                    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
                    """,
                    [
                        .integer(number), .text(one.subject), .text(one.kind.rawValue), .text(one.item),
                        .optional(one.value), .text(one.starts), .integer(time.microseconds),
                    ])
                number += 1
            }
        }
    }

    /// In the order in which they were said.
    package func assignments() throws(StoreFault) -> [Assignment] {
        try all("SELECT subject, kind, item, value, starts FROM assignment ORDER BY id") { row in
            Assignment.Kind(rawValue: row.text(1)).map { kind in
                Assignment(
                    subject: row.text(0), kind: kind, item: row.text(2), value: row.optionalText(3),
                    starts: row.text(4))
            }
        }.compactMap(\.self)
    }
}
