import ArgumentParser
import BillStore
import Billing
import Calendars
import FieldModel
import JSONText

struct ForecastCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "forecast",
        abstract: "What the running period and ten years will come to, if things go on as they did.")

    @OptionGroup var options: DeskOptions
    @Argument(help: "A machine or a fleet.") var subject: String
    @Option(help: "As if it were this moment, 2026-10-15T12:00:00Z; now without it.") var at: String?
    @Option(help: "How many years.") var years = 10
    @Flag(help: "One JSON object a line.") var json = false

    func validate() throws {
        if let at, Timestamp(rfc3339: at) == nil {
            throw ValidationError("--at '\(at)' is no time such as 2026-10-15T12:00:00Z")
        }
        if !(1...50).contains(years) { throw ValidationError("--years takes 1 to 50") }
    }

    func run() throws {
        try told {
            let desk = try options.open()
            let now = at.flatMap { Timestamp(rfc3339: $0) } ?? WallClock.now()
            let today = LocalDate(String(now.iso8601.prefix(10))) ?? LocalDate(days: 0)
            let forecasts = try desk.ledger.snapshotting {
                let rating = try RatingDesk(desk.ledger)
                return try rating.charged(of: subject, on: today).map { id, _ in
                    (id, try rating.forecast(id, at: now, years: years))
                }
            }
            for (id, forecast) in forecasts { printText(json ? Self.json(id, forecast) : text(id, forecast)) }
        }
    }

    private func text(_ id: String, _ forecast: Forecast) -> String {
        let life = forecast.life
        var table = TextTable(rightFrom: 1)
        let end = forecast.periodEnd
        let money = { (amount: Money) in MoneyText.text(amount.minor, digits: amount.digits) }
        table.add(["so far, fees in full", money(forecast.toDate.total)])
        table.add(["at the end of the period", money(end.total)])
        table.add(["\(years) years: once", money(life.once)])
        table.add(["\(years) years: contract with its interest", money(life.bundle)])
        table.add(["\(years) years: each month beside it", money(life.monthly)])
        table.add(["\(years) years: together, without taxes on top", money(life.total)])
        return "\(id), \(end.period.text), at \(forecast.at.iso8601), in \(end.currency)\n"
            + table.lines.map { "  \($0)\n" }.joined()
    }

    private static func json(_ id: String, _ forecast: Forecast) -> String {
        JSONValue.members([
            "schema": .string("fg.bill-forecast/1"), "account": .string(id), "at": .string(forecast.at.iso8601),
            "period": .string(forecast.periodEnd.period.text),
            "currency": .string(forecast.periodEnd.currency), "minor_digits": .integer(forecast.periodEnd.minorDigits),
            "to_date": .integer(forecast.toDate.total.minor), "period_end": .integer(forecast.periodEnd.total.minor),
            "months": .integer(forecast.life.periods), "once": .integer(forecast.life.once.minor),
            "contract": .integer(forecast.life.bundle.minor), "monthly": .integer(forecast.life.monthly.minor),
            "life": .integer(forecast.life.total.minor),
        ]).compact + "\n"
    }
}

struct CompareCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare", abstract: "What a period would have cost under other plans, from the same records.")

    @OptionGroup var options: DeskOptions
    @Argument(help: "A machine or a fleet.") var subject: String
    @Option(help: "ID@VERSION of a plan in the store, or a file; may be repeated.") var plan: [String]
    @OptionGroup var period: PeriodOption
    @Flag(help: "One JSON object a line.") var json = false

    func run() throws {
        try told {
            guard !plan.isEmpty else { throw ValidationError("name a plan to compare with: --plan ID@VERSION") }
            let desk = try options.open()
            let now = WallClock.now()
            let rows = try desk.ledger.snapshotting {
                let rating = try RatingDesk(desk.ledger)
                let (date, _) = try self.period.period(of: subject, rating, at: now)
                let others = try plan.map { try Self.find($0, rating) }
                return try rating.charged(of: subject, on: date).flatMap { id, period in
                    try rating.compare(id, period, with: others)
                }
            }
            printText(json ? rows.map { Self.json($0) }.joined() : Self.text(rows))
        }
    }

    private static func find(_ name: String, _ rating: RatingDesk) throws -> Tariff {
        if name.hasSuffix(".yaml") || name.contains("/") {
            return try PlanShelf.load(try PlanFile.bytes(name), file: name)
        }
        return try rating.shelf.plan(name)
    }

    private static func text(_ rows: [RatedPeriod]) -> String {
        var table = TextTable(rightFrom: 2)
        table.add(["account", "plan", "amount", "difference"])
        var first: [String: RatedPeriod] = [:]
        for row in rows {
            let own = first[row.account] ?? row
            first[row.account] = own
            // Amounts of two currencies have no difference.
            let isAlike = (own.currency, own.minorDigits) == (row.currency, row.minorDigits)
            table.add([
                row.account, row.parts.map { "\($0.plan)@\($0.version)" }.joined(separator: ", "),
                "\(row.currency) \(MoneyText.text(row.total.minor, digits: row.minorDigits))",
                isAlike ? MoneyText.text(row.total.minor - own.total.minor, digits: row.minorDigits) : "–",
            ])
        }
        return table.lines.map { "\($0)\n" }.joined()
    }

    private static func json(_ row: RatedPeriod) -> String {
        JSONValue.members([
            "schema": .string("fg.comparison/1"), "account": .string(row.account), "period": .string(row.period.text),
            "plan": .string(row.parts.map { "\($0.plan)@\($0.version)" }.joined(separator: ", ")),
            "currency": .string(row.currency), "minor_digits": .integer(row.minorDigits),
            "total": .integer(row.total.minor),
        ]).compact + "\n"
    }
}
