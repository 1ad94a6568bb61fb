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
            document.kind = document.gross > 0 ? .debit : .credit
            let series = document.gross > 0 ? desk.settings.debitSeries : desk.settings.creditSeries
            let stored = try desk.ledger.issue(series: series) { number in
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

    /// A period that was invoiced, rated again.
    private struct Review {
        var rated: RatedPeriod
        var evidence: Evidence
        /// Nil when it comes to what was invoiced.
        var note: CorrectionNote?
    }

    func notes(for subject: String?) throws -> [Draft] {
        let stored = try rating.ledger.invoices(of: subject)
        let invoices = stored.filter { $0.kind == .invoice }
        let accounts = Set(invoices.flatMap { $0.accounts.map(\.account) })
        var reviews: [StoredInvoice.Account.Place: Review] = [:]
        for account in accounts.sorted() {
            for (starts, review) in try self.reviews(of: account) {
                reviews[StoredInvoice.Account.Place(account: account, starts: starts)] = review
            }
        }
        return try invoices.compactMap { invoice in
            let reviewed = invoice.accounts.compactMap { account in
                reviews[StoredInvoice.Account.Place(account: account.account, starts: account.starts)].map {
                    (account, $0)
                }
            }
            guard reviewed.contains(where: { $0.1.note != nil }) else { return nil }
            return try draft(invoice, stored.filter { $0.original == invoice.number }, reviewed)
        }
    }

    /// Each invoiced period again, oldest first: what one passes on now goes into the next.
    private func reviews(of account: String) throws -> [(Timestamp, Review)] {
        let charged = try rating.ledger.charged(account)
        var starts: [Timestamp] = []
        for one in charged where starts.last != one.starts { starts.append(one.starts) }
        var reviews: [(Timestamp, Review)] = []
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
            let note = CorrectionNote(rated, invoiced: documents)
            reviews.append((start, Review(rated: rated, evidence: evidence, note: note)))
        }
        return reviews
    }

    /// Sums and taxes are those of the whole document now, less those of the invoice and of all notes after it.
    private func draft(
        _ invoice: StoredInvoice, _ notes: [StoredInvoice], _ reviewed: [(StoredInvoice.Account, Review)]
    ) throws -> Draft {
        var document = try InvoiceDocument.stored(invoice)
        let before = try [document] + notes.map { try InvoiceDocument.stored($0) }
        let now = try Totals(reviewed.map(\.1.rated))
        let changed = reviewed.compactMap { account, review in review.note.map { (account, $0, review.evidence) } }
        document.kind = .draft
        document.number = ""
        document.original = invoice.number
        document.issued = String(WallClock.now().iso8601.prefix(10))
        document.sections = changed.map { SectionMaker.section($0.1, $0.2) }
        document.taxes = DocumentMaker.sum(DocumentMaker.taxes(now), before.flatMap(\.taxes), times: -1)
            .filter { $0.base != 0 || $0.amount != 0 }
        document.net = now.net.minor - before.reduce(0) { $0 + $1.net }
        document.gross = now.total.minor - before.reduce(0) { $0 + $1.gross }
        return Draft(
            document: document, subject: invoice.subject,
            accounts: changed.map { account, note, _ in
                StoredInvoice.Account(
                    account: account.account, starts: account.starts,
                    data: ChargedData(InvoicedPeriod(note, number: ""), carryOut: note.rated.carryOut).text)
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
