import BillStore
import Billing
import Calendars
import Configuration
import FieldModel
import JSONText

/// Rates again what was invoiced, and makes a note for each invoice that turns out otherwise.
struct NoteMaker {
    let settings: DeskSettings
    let rating: RatingDesk

    /// A note that was not issued yet.
    struct Draft {
        var document: InvoiceDocument
        fileprivate var subject: String
        fileprivate var accounts: [StoredInvoice.Account]

        /// Gives it its number; from then on it stays as it is.
        func issue(_ desk: Desk) throws -> InvoiceDocument {
            var document = document
            document.kind = .credit
            let stored = try desk.ledger.issue(series: desk.settings.creditSeries) { number in
                document.number = number
                return StoredInvoice(
                    number: number, kind: .credit, subject: subject,
                    starts: Timestamp(microseconds: document.period.starts),
                    ends: Timestamp(microseconds: document.period.ends), original: document.original,
                    issued: WallClock.now(), document: document.json.compact,
                    accounts: accounts.map { account in
                        var account = account
                        if var data = ChargedData(account.data) {
                            data.charged.number = number
                            account.data = data.text
                        }
                        return account
                    })
            }
            return try InvoiceDocument.stored(stored)
        }
    }

    private struct Change {
        var note: CorrectionNote
        var evidence: Evidence
    }

    func notes(for subject: String?) throws -> [Draft] {
        let invoices = try rating.ledger.invoices(of: subject).filter { $0.kind == .invoice }
        let accounts = Set(invoices.flatMap { $0.accounts.map(\.account) })
        var changes: [StoredInvoice.Account.Place: Change] = [:]
        for account in accounts.sorted() {
            for (starts, change) in try self.changes(of: account) {
                changes[StoredInvoice.Account.Place(account: account, starts: starts)] = change
            }
        }
        return try invoices.compactMap { invoice in
            let changed = invoice.accounts.compactMap { account in
                changes[StoredInvoice.Account.Place(account: account.account, starts: account.starts)].map {
                    (account, $0)
                }
            }
            return changed.isEmpty ? nil : try draft(invoice, changed)
        }
    }

    /// Each invoiced period again, oldest first: what one passes on now goes into the next.
    private func changes(of account: String) throws -> [(Timestamp, Change)] {
        let charged = try rating.ledger.charged(account)
        var starts: [Timestamp] = []
        for one in charged where starts.last != one.starts { starts.append(one.starts) }
        var changes: [(Timestamp, Change)] = []
        var before: (end: Timestamp, carry: CarryState)?
        for start in starts {
            let period = try rating.period(of: account, startingAt: start)
            let carry =
                if let before, before.end == period.start { before.carry } else {
                    try rating.carry(into: period, of: account)
                }
            let (rated, evidence) = try rating.rate(account, period, carry: carry)
            before = (period.end, rated.carryOut)
            let documents = charged.filter { $0.starts == start }.compactMap { ChargedData($0.data)?.charged }
            if let note = CorrectionNote(rated, invoiced: documents) {
                changes.append((start, Change(note: note, evidence: evidence)))
            }
        }
        return changes
    }

    private func draft(_ invoice: StoredInvoice, _ changed: [(StoredInvoice.Account, Change)]) throws -> Draft {
        var document = try InvoiceDocument.stored(invoice)
        document.kind = .draft
        document.number = ""
        document.original = invoice.number
        document.issued = String(WallClock.now().iso8601.prefix(10))
        document.sections = changed.map { SectionMaker.section($0.1.note, $0.1.evidence) }
        document.taxes = DocumentMaker.sum(
            changed.flatMap { $0.1.note.taxes }.map {
                InvoiceDocument.Tax(
                    rate: DocumentMaker.percent($0.rate), inclusive: $0.isInclusive, base: $0.base, amount: $0.minor)
            })
        document.net = changed.reduce(0) { $0 + $1.1.note.net.minor }
        document.gross = changed.reduce(0) { $0 + $1.1.note.total.minor }
        return Draft(
            document: document, subject: invoice.subject,
            accounts: changed.map { account, change in
                StoredInvoice.Account(
                    account: account.account, starts: account.starts,
                    data: ChargedData(
                        InvoicedPeriod(change.note, number: ""), carryOut: change.note.rated.carryOut
                    ).text)
            })
    }
}

extension StoredInvoice.Account {
    /// What is invoiced at most once.
    fileprivate struct Place: Hashable {
        var account: String
        var starts: Timestamp
    }
}
