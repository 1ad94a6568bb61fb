import ArgumentParser
import BillStore
import Billing
import Calendars
import Configuration
import FieldModel

/// Which period: a month, or the period that a date lies in.
struct PeriodOption: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The period that begins in this month, YYYY-MM, or contains this day, YYYY-MM-DD; the last closed one "
                + "without it.", valueName: "period"))
    var period: String?

    /// A date in the wanted period; nil when nothing was said.
    func date() throws -> LocalDate? {
        guard let period else { return nil }
        if let date = LocalDate(period) { return date }
        // Whatever its anchor day, a period that begins in a month contains the month's last day.
        for day in stride(from: 31, through: 28, by: -1) {
            if let date = LocalDate("\(period)-\(day)") { return date }
        }
        throw ValidationError("--period '\(period)' is neither a month such as 2026-10 nor a day such as 2026-10-01")
    }

    func period(of subject: String, _ rating: RatingDesk, at now: Timestamp) throws -> (LocalDate, BillingPeriod) {
        let today = LocalDate(String(now.iso8601.prefix(10))) ?? LocalDate(days: 0)
        let date = try self.date()
        guard let account = try rating.accounts(of: subject, on: date ?? today).first else {
            throw DeskFault("\(subject) has nothing to rate", Exit.nothing)
        }
        if let date {
            let period = try rating.period(of: account, on: date)
            return (period.to + -1, period)
        }
        let current = try rating.period(of: account, on: today)
        let last = try rating.period(of: account, on: current.from + -1)
        return (last.to + -1, last)
    }
}

struct RateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rate",
        abstract:
            "Show what a period comes to, without issuing anything. The same records give the same result, always.")

    @OptionGroup var options: DeskOptions
    @Argument(help: "A machine or a fleet.") var subject: String
    @OptionGroup var period: PeriodOption
    @Option(help: "text, json, html or pdf.") var format = PrintFormat.text
    @Option(help: "en or zh.") var language: Language?
    @Option(help: "The file to write; PDF needs one.") var out: String?

    func run() throws {
        try told {
            let desk = try options.open()
            let now = WallClock.now()
            let (document, warnings) = try desk.ledger.snapshotting {
                let rating = try RatingDesk(desk.ledger)
                let maker = DocumentMaker(settings: desk.settings, rating: rating)
                let (date, period) = try self.period.period(of: subject, rating, at: now)
                let parts = try maker.parts(subject, on: date, period)
                return (try maker.draft(subject, parts, issued: now), parts.flatMap(\.warnings))
            }
            for warning in warnings { printError("warning: \(warning)") }
            let language = language ?? Language(rawValue: desk.settings.language) ?? .english
            try InvoicePrinter.print(document, format, language, to: out)
        }
    }
}

extension BillingLedger {
    /// As `snapshot`, for work that throws more than the store's faults.
    func snapshotting<Result>(_ body: () throws -> Result) throws -> Result {
        var outcome: Swift.Result<Result, any Error>?
        try snapshot { () throws(StoreFault) in outcome = Swift.Result { try body() } }
        guard let outcome else { throw DeskFault("\(place) gave no answer", Exit.store) }
        return try outcome.get()
    }
}
