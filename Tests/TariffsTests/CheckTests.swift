import Billing
import Calendars
import Configuration
import Foundation
import Tariffs
import Testing

@Suite("The check of a plan")
struct CheckTests {
    private static let bad = Desk.fixtures.appending(path: "bad")

    private static func names(_ folder: URL) -> [String] {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: folder.path(percentEncoded: false))) ?? []
        return files.filter { $0.hasSuffix(".yaml") }.map { String($0.dropLast(5)) }.sorted()
    }

    private static func check(_ name: String, in folder: URL) throws -> LoadedTariff {
        let bytes = Array(try Data(contentsOf: folder.appending(path: "\(name).yaml")))
        return TariffLoader().load(bytes, file: "\(name).yaml")
    }

    @Test("tells every mistake, with its place and what to do", arguments: names(bad))
    func mistakes(_ name: String) throws {
        let loaded = try Self.check(name, in: Self.bad)
        #expect(loaded.tariff == nil)
        let found = (loaded.problems.map(\.text) + loaded.warnings.map { "warning: \($0.text)" }).joined(
            separator: "\n")
        let expected = Self.bad.appending(path: "\(name).txt")
        if ProcessInfo.processInfo.environment["FIELDGATE_RECORD"] != nil {
            try Data((found + "\n").utf8).write(to: expected)
        }
        #expect(try String(contentsOf: expected, encoding: .utf8) == found + "\n")
    }

    @Test("finds nothing wrong with the cases", arguments: names(Desk.fixtures.appending(path: "cases")))
    func cases(_ name: String) throws {
        let loaded = try Self.check(name, in: Desk.fixtures.appending(path: "cases"))
        #expect(loaded.problems.map(\.text) == [])
        #expect(loaded.tariff?.fingerprint.utf8.count == 64)
    }

    @Test("fills in what a plan leaves out")
    func defaults() throws {
        let plan = try Desk.plan("c2i")
        #expect(plan.version == 1 && plan.currency == "CNY" && plan.minorDigits == 2 && plan.graceHours == 72)
        #expect(plan.rounding == .halfUp && !plan.roundsPerInvoice)
        #expect(plan.periods.anchor == .day(1) && plan.periods.zone.name == "Asia/Shanghai")
        #expect(plan.validFrom == nil && plan.validTo == nil && plan.charges[0].proration == .none)
    }

    @Test("knows a plan's text by its hash")
    func fingerprint() {
        #expect(
            TariffLoader.fingerprint(Array("abc".utf8))
                == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    }

    @Test("reads every member")
    func everything() throws {
        let plan = try Desk.plan(
            text: """
                schema: fg.tariff/1
                plan: all
                version: 3
                currency: EUR
                minor_digits: 3
                valid: {from: 2026-01-01, to: null}
                period: {unit: month, anchor_day: last, tz: Europe/Berlin, grace_h: 24}
                rounding: {mode: down, at: invoice}
                meters:
                  - {id: data, source: ip_bytes, dir: down, classes: [camera, 0x20], unit: GB, aggregate: sum, quantize: {step: "10 MB", mode: half_up, per: connection}}
                  - {id: peak, source: ip_bytes, unit: Mbit/s, aggregate: p95, sample: 300s}
                pools: [{id: p, members: [l1, l2], meter: data, qty: "10", rollover: {periods: 3, cap: null}}]
                charges:
                  - {id: a, kind: one_off, model: flat, amount: "5.5", prorate: second}
                  - {id: b, kind: recurring, pool: p, model: included, fee: "1", overage: "2", min: "0", max: "9", when: sold}
                lifetime: {of: a, periods: 60, payment: instalment, down: "1", n: 12}
                tax: [{rate: "0.19", inclusive: true}]
                controls: {data_quota: "9.5 GB", on_exhaust: throttle}
                """)
        #expect(
            plan.meters[0].quantize == Meter.Quantize(step: Rational(10_000_000), mode: .halfUp, isPerConnection: true))
        #expect(plan.meters[0].direction == .down && plan.meters[0].classes.map(\.text) == ["camera", "0x20"])
        #expect(plan.meters[1].sample == .seconds(300) && plan.meters[1].aggregate == .p95)
        #expect(plan.pools[0].rollOver == Pool.RollOver(periods: 3, cap: nil))
        #expect(plan.charges[0].kind == .oneOff && plan.charges[0].proration == .second)
        #expect(plan.charges[1].when == "sold" && plan.charges[1].maximum?.text == "9")
        #expect(plan.lifetime?.periods == 60)
        #expect(plan.taxes.first?.isInclusive == true)
        #expect(plan.controls == Controls(dataQuota: 9_500_000_000, onExhaust: .throttle))
        #expect(plan.periods.anchor == .last && plan.minorDigits == 3 && plan.roundsPerInvoice)
    }

    @Test("refuses class numbers that no class can have, and nothing for a name")
    func classes() {
        func problems(_ classes: String, members: String = "l1") -> [String] {
            let text = """
                plan: p
                meters: [{id: m, source: msgs, unit: msg, classes: [\(classes)]}]
                pools: [{id: p, members: [\(members)], meter: m, qty: "1"}]
                charges: [{id: c, kind: usage, pool: p, model: included, overage: "1"}]
                """
            return TariffLoader().load(Array(text.utf8), file: "p.yaml").problems.map(\.text)
        }
        for good in ["camera", "0x20", "65535", "5g-video"] { #expect(problems(good) == []) }
        for bad in ["70000", "-1", "1.5", "0x10000", "0xcamera", "null"] {
            #expect(problems(bad).first?.hasPrefix("p.yaml:2:") == true)
        }
        #expect(problems("camera", members: "\"null\"") == [])
        #expect(problems("camera", members: "null").first?.hasPrefix("p.yaml:3:") == true)
    }

    @Test("finds what is wrong between the versions of a plan")
    func series() {
        func version(_ number: Int, _ more: String) -> LoadedTariff {
            let text =
                "plan: p\nversion: \(number)\n\(more)\ncharges: [{id: c, kind: recurring, model: flat, amount: \"1\"}]"
            return TariffLoader().load(Array(text.utf8), file: "v\(number).yaml")
        }
        let first = version(1, "valid: {from: 2026-01-01, to: 2026-03-15}")
        func found(_ others: LoadedTariff...) -> [String] { TariffSeries.problems(others + [first]).map(\.text) }
        #expect(found(version(2, "valid: {from: 2026-03-15}")) == [])
        #expect(found(version(2, "valid: {from: 2026-04-01}\ncurrency: EUR")) == [])
        #expect(
            found(version(2, "valid: {from: 2026-03-15}\ncurrency: EUR")) == [
                "v2.yaml:3:8: valid.from: changes the currency from CNY to EUR on 2026-03-15, within the period "
                    + "2026-03-01/2026-04-01; let it begin with a period, e.g. on 2026-04-01"
            ])
        #expect(found(version(2, "valid: {from: 2026-03-20}\nperiod: {anchor_day: 20}")).count == 1)
        #expect(found(version(2, "valid: {from: 2026-03-01}")).first?.contains("holds on the same days") == true)
        #expect(found(version(1, "valid: {from: 2026-03-15}")).first?.contains("a second version 1") == true)
    }
}
