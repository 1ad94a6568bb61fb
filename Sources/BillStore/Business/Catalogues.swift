import FieldModel

/// A version of a plan as it was added: never changed, since invoices cite its hash.
package struct StoredPlan: Hashable, Sendable {
    package var id: String
    package var version: Int
    /// SHA-256 of the text.
    package var hash: String
    package var text: String
    package var file: String

    package init(id: String, version: Int, hash: String, text: String, file: String) {
        self.id = id
        self.version = version
        self.hash = hash
        self.text = text
        self.file = file
    }
}

package struct Customer: Hashable, Sendable {
    package var id: String
    package var name: String
    package var address: String
    package var taxID: String
    package var language: String

    package init(id: String, name: String, address: String, taxID: String, language: String) {
        self.id = id
        self.name = name
        self.address = address
        self.taxID = taxID
        self.language = language
    }
}

/// Tonnes, hours, flights: what was counted elsewhere. The reference of its source makes it count once.
package struct ExternalQuantity: Hashable, Sendable {
    package var subject: String
    package var name: String
    package var at: Timestamp
    /// A plain decimal.
    package var quantity: String
    package var source: String
    package var reference: String

    package init(
        subject: String, name: String, at: Timestamp, quantity: String, source: String, reference: String
    ) {
        self.subject = subject
        self.name = name
        self.at = at
        self.quantity = quantity
        self.source = source
        self.reference = reference
    }
}

extension BillingLedger {
    /// False when this very version is there already. Another text under the same version is refused.
    package func addPlan(_ plan: StoredPlan, at time: Timestamp) throws(StoreFault) -> Bool {
        try transaction { () throws(StoreFault) -> Bool in
            let known = try first(
                "SELECT hash FROM plan WHERE id = ?1 AND version = ?2 LIMIT 1", [.text(plan.id), .whole(plan.version)]
            ) { $0.text(0) }
            if let known {
                guard known == plan.hash else {
                    throw .refused(
                        "version \(plan.version) of plan '\(plan.id)' is here with another text (SHA-256 "
                            + "\(known.prefix(12))…): invoices cite it, so give the changed plan a new `version:`")
                }
                return false
            }
            try run(
                "INSERT INTO plan (id, version, hash, text, file, added_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                [
                    .text(plan.id), .whole(plan.version), .text(plan.hash), .text(plan.text), .text(plan.file),
                    .integer(time.microseconds),
                ])
            return true
        }
    }

    package func plans() throws(StoreFault) -> [StoredPlan] {
        try all("SELECT id, version, hash, text, file FROM plan ORDER BY id, version") { row in
            StoredPlan(
                id: row.text(0), version: Int(row.integer(1)), hash: row.text(2), text: row.text(3), file: row.text(4))
        }
    }

    package func keep(_ customer: Customer) throws(StoreFault) {
        try transaction { () throws(StoreFault) in
            try run(
                """
                INSERT INTO customer (id, name, address, tax_id, language) VALUES (?1, ?2, ?3, ?4, ?5)
                ON CONFLICT (id) DO UPDATE SET name = ?2, address = ?3, tax_id = ?4, language = ?5
                """,
                [
                    .text(customer.id), .text(customer.name), .text(customer.address), .text(customer.taxID),
                    .text(customer.language),
                ])
        }
    }

    package func customers() throws(StoreFault) -> [Customer] {
        try all("SELECT id, name, address, tax_id, language FROM customer ORDER BY id") { row in
            Customer(
                id: row.text(0), name: row.text(1), address: row.text(2), taxID: row.text(3), language: row.text(4))
        }
    }

    /// How many were new: a reference that is there already counts once.
    package func add(_ quantities: [ExternalQuantity], at time: Timestamp) throws(StoreFault) -> Int {
        try transaction { () throws(StoreFault) -> Int in
            var number = try integer("SELECT COALESCE(max(id), 0) + 1 FROM external_quantity LIMIT 1")
            let before = number
            for one in quantities {
                let known = try first(
                    """
                    SELECT at, quantity FROM external_quantity
                    WHERE subject = ?1 AND name = ?2 AND reference = ?3 LIMIT 1
                    """, [.text(one.subject), .text(one.name), .text(one.reference)]
                ) { ($0.integer(0), $0.text(1)) }
                if let (at, quantity) = known {
                    guard at == one.at.microseconds, quantity == one.quantity else {
                        throw .refused(
                            "'\(one.name)' of \(one.subject) under reference \(one.reference) is here as \(quantity) at "
                                + "\(Timestamp(microseconds: at).iso8601): add a correction under a reference of its own"
                        )
                    }
                    continue
                }
                try run(
                    """
                    INSERT INTO external_quantity (id, subject, name, at, quantity, source, reference, recorded_at)
                    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
                    """,
                    [
                        .integer(number), .text(one.subject), .text(one.name), .integer(one.at.microseconds),
                        .text(one.quantity), .text(one.source), .text(one.reference), .integer(time.microseconds),
                    ])
                number += 1
            }
            return Int(number - before)
        }
    }

    /// Within [from, to).
    package func quantities(
        of subject: String, from: Timestamp, to: Timestamp
    ) throws(StoreFault) -> [ExternalQuantity] {
        try all(
            """
            SELECT name, at, quantity, source, reference FROM external_quantity
            WHERE subject = ?1 AND at >= ?2 AND at < ?3 ORDER BY at, id
            """, [.text(subject), .integer(from.microseconds), .integer(to.microseconds)]
        ) { row in
            ExternalQuantity(
                subject: subject, name: row.text(0), at: Timestamp(microseconds: row.integer(1)),
                quantity: row.text(2), source: row.text(3), reference: row.text(4))
        }
    }
}
