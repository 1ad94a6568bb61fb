import FieldModel

/// A document that was issued. The store never changes one.
package struct StoredInvoice: Hashable, Sendable {
    package enum Kind: String, Sendable {
        case invoice
        /// A note that corrects one, whether less is owed or more.
        case credit
    }

    package var number: String
    package var kind: Kind
    /// The machine or fleet it was made out for.
    package var subject: String
    package var starts: Timestamp
    package var ends: Timestamp
    /// What a note corrects.
    package var original: String?
    package var issued: Timestamp
    /// As it was printed, `fg.invoice/1`.
    package var document: String
    /// What each account in it was charged, for whoever calculates again.
    package var accounts: [Account]

    package struct Account: Hashable, Sendable {
        package var account: String
        package var starts: Timestamp
        package var data: String

        package init(account: String, starts: Timestamp, data: String) {
            self.account = account
            self.starts = starts
            self.data = data
        }
    }

    package init(
        number: String, kind: Kind, subject: String, starts: Timestamp, ends: Timestamp, original: String? = nil,
        issued: Timestamp, document: String, accounts: [Account]
    ) {
        self.number = number
        self.kind = kind
        self.subject = subject
        self.starts = starts
        self.ends = ends
        self.original = original
        self.issued = issued
        self.document = document
        self.accounts = accounts
    }
}

extension BillingLedger {
    /// Issues a document under the next number of its series: a number is taken only together with its document, so a
    /// series has no gaps. `make` gets the number.
    ///
    /// Throws `refused` when an account in it was invoiced for the same period before.
    package func issue(
        series: String, _ make: (String) -> StoredInvoice
    ) throws(StoreFault) -> StoredInvoice {
        try transaction { () throws(StoreFault) -> StoredInvoice in
            let next =
                try first("SELECT next FROM series WHERE name = ?1 LIMIT 1", [.text(series)]) { $0.integer(0) } ?? 1
            try run(
                "INSERT INTO series (name, next) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET next = ?2",
                [.text(series), .integer(next + 1)])
            let digits = String(next)
            let number = "\(series)-" + String(repeating: "0", count: max(0, 6 - digits.count)) + digits
            let invoice = make(number)
            try insert(invoice)
            return invoice
        }
    }

    private func insert(_ invoice: StoredInvoice) throws(StoreFault) {
        if invoice.kind == .invoice {
            for account in invoice.accounts {
                let before = try first(
                    "SELECT number FROM invoiced WHERE account = ?1 AND starts = ?2 AND kind = 'invoice' LIMIT 1",
                    [.text(account.account), .integer(account.starts.microseconds)]
                ) { $0.text(0) }
                if let before {
                    throw .refused(
                        "\(account.account) was invoiced for this period with \(before): print that again with "
                            + "'fieldbill invoice \(before)', or correct it with 'fieldbill credit'")
                }
            }
        }
        try run(
            """
            INSERT INTO invoice (number, kind, subject, starts, ends, original, issued_at, document)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
            """,
            [
                .text(invoice.number), .text(invoice.kind.rawValue), .text(invoice.subject),
                .integer(invoice.starts.microseconds), .integer(invoice.ends.microseconds),
                .optional(invoice.original), .integer(invoice.issued.microseconds), .text(invoice.document),
            ])
        for account in invoice.accounts {
            try run(
                "INSERT INTO invoiced (number, kind, account, starts, data) VALUES (?1, ?2, ?3, ?4, ?5)",
                [
                    .text(invoice.number), .text(invoice.kind.rawValue), .text(account.account),
                    .integer(account.starts.microseconds), .text(account.data),
                ])
        }
    }

    package func invoice(_ number: String) throws(StoreFault) -> StoredInvoice? {
        try invoices("number = ?1", [.text(number)]).first
    }

    /// Of one machine or fleet, oldest first; of all with nil.
    package func invoices(of subject: String?) throws(StoreFault) -> [StoredInvoice] {
        guard let subject else { return try invoices("1 = 1", []) }
        return try invoices("subject = ?1", [.text(subject)])
    }

    private func invoices(_ condition: String, _ values: [SQLValue]) throws(StoreFault) -> [StoredInvoice] {
        var found = try all(
            """
            SELECT number, kind, subject, starts, ends, original, issued_at, document FROM invoice
            WHERE \(condition) ORDER BY starts, issued_at, number
            """, values
        ) { row in
            StoredInvoice(
                number: row.text(0), kind: StoredInvoice.Kind(rawValue: row.text(1)) ?? .invoice, subject: row.text(2),
                starts: Timestamp(microseconds: row.integer(3)), ends: Timestamp(microseconds: row.integer(4)),
                original: row.optionalText(5), issued: Timestamp(microseconds: row.integer(6)), document: row.text(7),
                accounts: [])
        }
        for index in found.indices {
            found[index].accounts = try all(
                "SELECT account, starts, data FROM invoiced WHERE number = ?1 ORDER BY account",
                [.text(found[index].number)]
            ) { row in
                StoredInvoice.Account(
                    account: row.text(0), starts: Timestamp(microseconds: row.integer(1)), data: row.text(2))
            }
        }
        return found
    }

    /// What an account was charged, oldest document first.
    package func charged(_ account: String) throws(StoreFault) -> [(number: String, starts: Timestamp, data: String)] {
        try all(
            """
            SELECT i.number, i.starts, i.data FROM invoiced i JOIN invoice d ON d.number = i.number
            WHERE i.account = ?1 ORDER BY i.starts, d.issued_at, i.number
            """, [.text(account)]
        ) { ($0.text(0), Timestamp(microseconds: $0.integer(1)), $0.text(2)) }
    }
}
