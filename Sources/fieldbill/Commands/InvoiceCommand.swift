import ArgumentParser
import BillStore
import Billing
import CSystem
import Calendars
import Configuration
import FieldModel
import JSONText
import Platform

/// How documents are printed.
struct PrintOptions: ParsableArguments {
    @Option(help: "text, json, html or pdf.") var format = PrintFormat.text
    @Option(help: "en or zh; else the customer's, else the desk's.") var language: Language?
    @Option(help: "The file to write; PDF needs one.") var out: String?

    func print(_ document: InvoiceDocument, _ desk: Desk) throws {
        let customer = try desk.ledger.customers().first { $0.name == document.customer.name }?.language
        let language =
            language ?? customer.flatMap(Language.init) ?? Language(rawValue: desk.settings.language) ?? .english
        try InvoicePrinter.print(document, format, language, to: out)
    }

    /// Before anything is issued: what could not be printed afterwards.
    func check() throws {
        if format == .pdf, out == nil { throw ValidationError("--format pdf needs a file: --out invoice.pdf") }
        guard let out else { return }
        let folder = out.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        guard access(folder.isEmpty ? (out.hasPrefix("/") ? "/" : ".") : folder, W_OK) != 0 else { return }
        throw DeskFault(
            "\(out) cannot be written: \(SystemError.text(fg_errno())); name a file in a folder that is there and yours "
                + "to write to", Exit.printing)
    }

    /// What has its number stays issued, whatever becomes of the paper.
    func print(issued document: InvoiceDocument, _ desk: Desk) throws {
        do {
            try print(document, desk)
        } catch let fault as DeskFault {
            throw DeskFault(
                "\(document.number) is issued, but not printed: \(fault.text); print it with 'fieldbill invoice "
                    + "\(document.number)'", fault.code)
        }
    }
}

struct InvoiceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "invoice",
        abstract: "Issue a period's invoice, or print one again.",
        discussion: """
            With a machine or a fleet the period is rated, and the invoice gets the next number of its series and is never \
            changed again. With a number that invoice or note is printed again, word for word. Late records: see \
            'fieldbill credit'.
            """)

    @OptionGroup var options: DeskOptions
    @Argument(help: "A machine, a fleet, or the number of an issued document.") var subject: String?
    @OptionGroup var period: PeriodOption
    @OptionGroup var printing: PrintOptions
    @ArgumentParser.Flag(help: "List what was issued.") var list = false
    @ArgumentParser.Flag(help: "Issue though the period or its grace is not over.") var early = false

    func run() throws {
        try told {
            try printing.check()
            let desk = try options.open()
            if list { return try InvoiceList.show(desk.ledger, of: subject) }
            guard let subject else { throw ValidationError("name a machine, a fleet, or a document's number") }
            if let stored = try desk.ledger.invoice(subject) {
                return try printing.print(try InvoiceDocument.stored(stored), desk)
            }
            let series = [desk.settings.invoiceSeries, desk.settings.creditSeries, desk.settings.debitSeries]
            if series.contains(where: { subject.hasPrefix($0 + "-") && UInt64(subject.dropFirst($0.count + 1)) != nil })
            {
                throw DeskFault("there is no document \(subject): see 'fieldbill invoice --list'", Exit.nothing)
            }
            let (document, warnings) = try issue(subject, desk)
            for warning in warnings { printError("warning: \(warning)") }
            try printing.print(issued: document, desk)
        }
    }

    private func issue(_ subject: String, _ desk: Desk) throws -> (InvoiceDocument, [String]) {
        let now = WallClock.now()
        let (draft, parts) = try desk.ledger.snapshotting {
            let rating = try RatingDesk(desk.ledger)
            let maker = DocumentMaker(settings: desk.settings, rating: rating)
            let (date, period) = try self.period.period(of: subject, rating, at: now)
            let parts = try maker.parts(subject, on: date, period)
            try checkOver(parts, now)
            return (try maker.draft(subject, parts, issued: now), parts)
        }
        var document = draft
        document.kind = .invoice
        let stored = try desk.ledger.issue(series: desk.settings.invoiceSeries) { number in
            document.number = number
            return StoredInvoice(
                number: number, kind: .invoice, subject: subject,
                starts: Timestamp(microseconds: document.period.starts),
                ends: Timestamp(microseconds: document.period.ends), issued: now, document: document.json.compact,
                accounts: parts.map { part in
                    var data = part.charged
                    data.charged.number = number
                    return StoredInvoice.Account(
                        account: part.section.subject, starts: part.period.start, data: data.text)
                })
        }
        return (try InvoiceDocument.stored(stored), parts.flatMap(\.warnings) + warnings(of: document))
    }

    /// What a paper that is never changed again lacks.
    private func warnings(of document: InvoiceDocument) -> [String] {
        var warnings: [String] = []
        if document.seller.name == InitCommand.unnamedSeller {
            warnings.append(
                "\(document.number) is issued by '\(InitCommand.unnamedSeller)': write who sells into fieldbill.yaml, "
                    + "'seller:', before the next")
        }
        if document.customer.name.isEmpty {
            warnings.append(
                "\(document.number) is made out to nobody: 'fieldbill assign \(document.subject.id) --from DATE --customer "
                    + "NAME' before the next")
        }
        return warnings
    }

    /// Records of a period are waited for, so that most of the late ones are in.
    private func checkOver(_ parts: [DocumentMaker.Part], _ now: Timestamp) throws {
        for part in parts {
            guard now >= part.period.start else {
                throw DeskFault(
                    "the period \(part.period.text) of \(part.section.subject) has not begun: see 'fieldbill forecast'",
                    Exit.refused)
            }
            guard !early else { continue }
            let closes = Timestamp(
                microseconds: part.period.end.microseconds + Int64(part.graceHours) * 3_600_000_000)
            guard now < closes else { continue }
            throw DeskFault(
                "the period \(part.period.text) of \(part.section.subject) closes at \(closes.iso8601), \(part.graceHours) "
                    + "h after its end: wait for it, see it with 'fieldbill rate', or say --early", Exit.refused)
        }
    }
}

extension InvoiceDocument {
    static func stored(_ invoice: StoredInvoice) throws -> InvoiceDocument {
        guard let document = InvoiceDocument(invoice.document) else {
            throw DeskFault("\(invoice.number) in the store is damaged: bring the store back from a copy", Exit.store)
        }
        return document
    }
}

enum InvoiceList {
    static func show(_ ledger: any BillingLedger, of subject: String?) throws {
        var table = TextTable(rightFrom: 5)
        table.add(["number", "kind", "of", "corrects", "period", "amount"])
        for stored in try ledger.invoices(of: subject) {
            let document = try InvoiceDocument.stored(stored)
            table.add([
                stored.number, document.kind.rawValue, stored.subject, stored.original ?? "",
                "\(document.period.first) – \(document.period.last)",
                "\(document.currency) \(MoneyText.text(document.gross, digits: document.minorDigits))",
            ])
        }
        printText(table.lines.joined(separator: "\n") + "\n")
    }
}
