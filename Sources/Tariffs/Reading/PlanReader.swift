import Billing
import Calendars
import Configuration
import Platform

/// Reads a plan: its head here, its meters, pools and charges by readers of their own.
struct PlanReader {
    private let root: Section
    private let zones: ZoneFolder
    private let notes: Notes

    init(_ root: Section, zones: ZoneFolder, notes: Notes) {
        self.root = root
        self.zones = zones
        self.notes = notes
    }

    /// A plan, complete only when no problem was reported.
    func read() -> Tariff? {
        if let schema = root.text("schema"), schema != TariffLoader.schema {
            root.reject(
                "schema", "'\(schema)' is not a plan this version reads", remedy: "write `\(TariffLoader.schema)`")
        }
        let id = root.require("plan", root.identifier("plan"), remedy: "name the plan, e.g. `plan: loader`")
        var plan = Tariff(
            plan: id ?? "?", periods: PeriodRule(anchor: .day(1), zone: ZoneRules(name: "UTC", offset: 0)))
        plan.version = root.integer("version", in: 1...999_999) ?? 1
        readMoney(&plan)
        readValidity(&plan)
        readPeriod(&plan)
        let meters = MeterReader.all(root, notes)
        plan.meters = meters.map(\.meter)
        let pools = PoolReader.all(root, meters: plan.meters)
        plan.pools = pools.map(\.pool)
        plan.charges = ChargesReader(root, plan: plan, notes: notes).read()
        if let section = root.section("lifetime") { plan.lifetime = LifetimeReader(section, plan: plan).read() }
        plan.taxes = readTaxes()
        plan.controls = root.section("controls").map(readControls)
        warnOfUnused(plan, meters, pools)
        root.finish()
        return id == nil ? nil : plan
    }

    private func readMoney(_ plan: inout Tariff) {
        let currency = root.read("currency", "a currency's three capital letters, e.g. CNY") { text, _ in
            text.utf8.count == 3 && text.utf8.allSatisfy { (0x41...0x5A).contains($0) } ? text : nil
        }
        plan.currency = currency ?? plan.currency
        plan.minorDigits = root.integer("minor_digits", in: 0...4) ?? plan.minorDigits
        guard let section = root.section("rounding") else { return }
        plan.rounding = section.choice("mode", RoundingMode.allCases.map { ($0.rawValue, $0) }) ?? plan.rounding
        plan.roundsPerInvoice = section.choice("at", [("line", false), ("invoice", true)]) ?? false
        section.finish()
    }

    private func readValidity(_ plan: inout Tariff) {
        guard let section = root.section("valid") else { return }
        plan.validFrom = section.date("from")
        plan.validTo = section.date("to")
        if let from = plan.validFrom, let to = plan.validTo, to <= from {
            section.reject(
                "to", "\(to.text) is not after \(from.text)", remedy: "`to` is the first date it no longer holds")
        }
        section.finish()
    }

    private func readPeriod(_ plan: inout Tariff) {
        let section = root.section("period")
        _ = section?.choice("unit", [("month", true)])
        let anchor = section.flatMap { section in
            section.read("anchor_day", "a day from 1 to 28, or `last`: not every month has the others") { text, _ in
                if text == "last" { return PeriodRule.Anchor.last }
                return Int(text).flatMap { (1...28).contains($0) ? .day($0) : nil }
            }
        }
        plan.graceHours = section?.integer("grace_h", in: 0...2160) ?? plan.graceHours
        let name = section?.text("tz")
        do throws(ZoneProblem) {
            let zone = try zones.rules(name ?? "Asia/Shanghai")
            plan.periods = PeriodRule(anchor: anchor ?? .day(1), zone: zone)
        } catch {
            (section ?? root).reject(name == nil ? nil : "tz", error.reason, remedy: error.remedy)
        }
        section?.finish()
    }

    private func readTaxes() -> [TaxRate] {
        root.sections("tax").compactMap { section in
            let rate = section.requiredExact("rate", .part, remedy: "write the tax as a part, e.g. `rate: \"0.06\"`")
            let isInclusive = section.flag("inclusive") ?? false
            section.finish()
            return rate.map { TaxRate(rate: $0, isInclusive: isInclusive) }
        }
    }

    private func readControls(_ section: Section) -> Controls {
        let size = section.read("data_quota", "a size such as \"120 GB\"") { text, _ in UnitText.size(text) }
        if let size, case .bytes(let unit) = size.unit { notes.use(unit, section, "data_quota") }
        let quota = size.flatMap { size -> Int64? in
            let bytes = (size.number * size.unit.base).whole
            if bytes == nil {
                section.reject("data_quota", "no whole number of bytes", remedy: "write a size such as \"120 GB\"")
            }
            return bytes
        }
        let onExhaust = section.choice("on_exhaust", Controls.Exhaustion.allCases.map { ($0.rawValue, $0) })
        section.finish()
        return Controls(dataQuota: quota, onExhaust: onExhaust ?? .overage)
    }

    private func warnOfUnused(_ plan: Tariff, _ meters: [MeterReader.Placed], _ pools: [PoolReader.Placed]) {
        let used = Set(plan.charges.compactMap { plan.meter(of: $0)?.id })
        for placed in meters where !used.contains(placed.meter.id) {
            notes.warn(
                placed.section, "id", "no charge uses the meter '\(placed.meter.id)'",
                remedy: "name it in a charge, or take it out")
        }
        let charged = Set(plan.charges.compactMap(\.pool))
        for placed in pools where !charged.contains(placed.pool.id) {
            notes.warn(
                placed.section, "id", "no charge uses the pool '\(placed.pool.id)'",
                remedy: "name it in a charge of model included, or take it out")
        }
    }
}
