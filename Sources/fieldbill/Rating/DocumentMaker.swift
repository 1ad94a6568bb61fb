import BillStore
import Billing
import Calendars
import Configuration
import FieldModel

/// Puts rated accounts together into one document for whoever pays.
struct DocumentMaker {
    let settings: DeskSettings
    let rating: RatingDesk

    /// One account's part.
    struct Part {
        var section: InvoiceDocument.Section
        var charged: ChargedData
        var rated: RatedPeriod
        var currency: String
        var minorDigits: Int
        var period: BillingPeriod
        var zone: String
        /// How long after the period records are waited for.
        var graceHours: Int
        var warnings: [String]
    }

    /// Everything that is invoiced together under a name.
    func parts(_ subject: String, on date: LocalDate, _ period: BillingPeriod) throws -> [Part] {
        try rating.charged(of: subject, on: date).map { account, period in try part(account, period) }
    }

    func part(_ account: String, _ period: BillingPeriod) throws -> Part {
        let (rated, evidence) = try rating.rate(account, period)
        return Part(
            section: SectionMaker.section(rated, evidence),
            charged: ChargedData(InvoicedPeriod(rated, number: ""), carryOut: rated.carryOut),
            rated: rated, currency: rated.currency, minorDigits: rated.minorDigits, period: period,
            zone: try rating.zone(of: rated),
            graceHours: rated.measured.segments.map(\.plan.graceHours).max() ?? 0,
            warnings: rated.warnings.map(\.text) + evidence.warnings)
    }

    /// A draft: it gets its number when it is issued.
    func draft(_ subject: String, _ parts: [Part], issued: Timestamp) throws -> InvoiceDocument {
        guard let first = parts.first else { throw DeskFault("\(subject) has nothing to invoice", Exit.nothing) }
        if let other = parts.first(where: { $0.currency != first.currency || $0.minorDigits != first.minorDigits }) {
            throw DeskFault(
                "\(first.section.subject) is charged in \(first.currency) and \(other.section.subject) in "
                    + "\(other.currency): invoice the machines one by one, or bring their plans to one currency",
                Exit.refused)
        }
        if let other = parts.first(where: { $0.period.start != first.period.start || $0.period.end != first.period.end }
        ) {
            throw DeskFault(
                "the period of \(first.section.subject) is \(first.period.text) and that of \(other.section.subject) "
                    + "\(other.period.text): invoice the machines one by one, or give their plans one anchor day",
                Exit.refused)
        }
        let totals = try Totals(parts.map(\.rated))
        return InvoiceDocument(
            kind: .draft, number: "", original: nil, issued: String(issued.iso8601.prefix(10)), seller: seller,
            customer: try customer(of: subject, on: first.period.to + -1), subject: subjectLine(subject),
            period: InvoiceDocument.Period(
                first: first.period.from.text, last: (first.period.to + -1).text, zone: first.zone,
                starts: first.period.start.microseconds, ends: first.period.end.microseconds),
            currency: first.currency, minorDigits: first.minorDigits, sections: parts.map(\.section),
            taxes: Self.taxes(totals), net: totals.net.minor, gross: totals.total.minor)
    }

    var seller: InvoiceDocument.Party {
        InvoiceDocument.Party(
            name: settings.seller.name, address: settings.seller.address, taxID: settings.seller.taxID,
            account: settings.seller.account)
    }

    func subjectLine(_ subject: String) -> InvoiceDocument.Subject {
        InvoiceDocument.Subject(
            kind: rating.book.fleets.contains(subject) ? "fleet" : "machine", id: subject, name: subject)
    }

    /// Who pays: assigned to the machine or fleet itself, or to the fleet a machine is in.
    func customer(of subject: String, on date: LocalDate) throws(DeskFault) -> InvoiceDocument.Party {
        let fleet = rating.book.value(subject, .fleet, on: date)
        let id =
            rating.book.value(subject, .customer, on: date)
            ?? fleet.flatMap { rating.book.value($0, .customer, on: date) }
        guard let id else { return InvoiceDocument.Party(name: "", address: "", taxID: "") }
        let known: [Customer]
        do throws(StoreFault) { known = try rating.ledger.customers() } catch { throw DeskFault(error) }
        guard let customer = known.first(where: { $0.id == id }) else {
            throw DeskFault(
                "customer '\(id)' of \(subject) is not known: add it with 'fieldbill customer add \(id) --name …'",
                Exit.nothing)
        }
        return InvoiceDocument.Party(name: customer.name, address: customer.address, taxID: customer.taxID)
    }

    /// A line for each rate.
    static func taxes(_ totals: Totals) -> [InvoiceDocument.Tax] {
        sum(
            totals.taxes.map {
                InvoiceDocument.Tax(
                    rate: percent($0.rate), inclusive: $0.isInclusive, base: $0.net.minor, amount: $0.amount.minor)
            })
    }

    /// `more` added, or with -1 taken off.
    static func sum(
        _ taxes: [InvoiceDocument.Tax], _ more: [InvoiceDocument.Tax] = [], times sign: Int64 = 1
    ) -> [InvoiceDocument.Tax] {
        var sums: [InvoiceDocument.Tax] = []
        for (tax, sign) in taxes.map({ ($0, Int64(1)) }) + more.map({ ($0, sign) }) {
            var tax = tax
            (tax.base, tax.amount) = (tax.base * sign, tax.amount * sign)
            if let known = sums.firstIndex(where: { $0.rate == tax.rate && $0.inclusive == tax.inclusive }) {
                sums[known].base += tax.base
                sums[known].amount += tax.amount
            } else {
                sums.append(tax)
            }
        }
        return sums
    }

    /// `0.06` is printed as `6`.
    static func percent(_ rate: String) -> String {
        Rational(decimal: rate).map { ($0 * Rational(100)).shown } ?? rate
    }
}
