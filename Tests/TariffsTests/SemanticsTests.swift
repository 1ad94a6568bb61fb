import Billing
import Calendars
import FieldModel
import Tariffs
import Testing

@Suite("Charges")
struct ChargeTests {
    private static let meter = "meters: [{id: m, source: msgs, unit: msg}]"

    private func rated(_ plan: String, messages: Int64 = 0, from: String? = nil, month: String = "2026-04-01") throws
        -> RatedPeriod
    {
        var desk = try Desk(try Desk.plan(text: plan), month)
        if let from {
            desk.input.plans[0].from = try Desk.date(from)
            desk.input.plans[0].contractFrom = try Desk.date(from)
        }
        let end = Timestamp(microseconds: desk.input.period.end.microseconds - 1)
        return try desk.rated([desk.messages(messages, at: end)])
    }

    @Test(
        "A part of a period multiplies amounts, fees, quantities, bounds and limits, and never prices or packages",
        arguments: [
            // Half of April.
            ("{model: flat, amount: \"100\"}", Int64(0), "50.00"),
            ("{model: per_unit, meter: m, price: \"2\"}", 10, "20.00"),
            // 30·½ + 1·(60 − 100·½)
            ("{model: included, meter: m, fee: \"30\", qty: \"100\", overage: \"1\"}", 60, "25.00"),
            ("{model: package, meter: m, size: \"50\", price: \"5\"}", 60, "10.00"),
            // Bounds at 5 and 10: 5·3 + 5·2 + 2·1, and the first tier's 10·½
            (
                "{model: graduated, meter: m, tiers: [{up_to: \"10\", price: \"3\", flat: \"10\"}, {up_to: \"20\", price: \"2\"}, {up_to: null, price: \"1\"}]}",
                12, "32.00"
            ),
            (
                "{model: volume, meter: m, tiers: [{up_to: \"10\", price: \"3\"}, {up_to: null, price: \"1\", flat: \"8\"}]}",
                6, "10.00"
            ),
            (
                "{model: stairstep, meter: m, tiers: [{up_to: \"10\", flat: \"40\"}, {up_to: null, flat: \"70\"}]}", 6,
                "35.00"
            ),
            ("{model: per_unit, meter: m, price: \"1\", min: \"100\"}", 10, "50.00"),
            ("{model: per_unit, meter: m, price: \"1\", max: \"10\"}", 10, "5.00"),
        ])
    func prorated(_ charge: String, _ messages: Int64, _ expected: String) throws {
        let body = charge.dropFirst().dropLast()
        let plan = "plan: p\n\(Self.meter)\ncharges: [{id: c, kind: recurring, prorate: day, \(body)}]"
        #expect(try rated(plan, messages: messages, from: "2026-04-16").amounts == [expected])
    }

    @Test("Without proration a part of a period costs as much as the whole")
    func notProrated() throws {
        let plan = "plan: p\ncharges: [{id: c, kind: recurring, model: flat, amount: \"100\"}]"
        #expect(try rated(plan, from: "2026-04-16").amounts == ["100.00"])
    }

    @Test("Days are counted by date, seconds by the clock: in March Berlin has an hour less")
    func seconds() throws {
        func plan(_ word: String) -> String {
            """
            plan: p
            currency: EUR
            period: {tz: Europe/Berlin}
            charges: [{id: c, kind: recurring, model: flat, amount: "743", prorate: \(word)}]
            """
        }
        // From the 29th: 3 of 31 days, 71 of 743 hours.
        #expect(try rated(plan("day"), from: "2026-03-29", month: "2026-03-01").amounts == ["71.90"])
        #expect(try rated(plan("second"), from: "2026-03-29", month: "2026-03-01").amounts == ["71.00"])
    }

    @Test("Steps cost nothing where nothing was used, and their bound belongs to the step below")
    func steps() throws {
        let plan = """
            plan: p
            \(Self.meter)
            charges: [{id: c, kind: usage, meter: m, model: stairstep, tiers: [{up_to: "10", flat: "40"}, {up_to: null, flat: "70"}]}]
            """
        #expect(
            try [0, 1, 10, 11].map { try rated(plan, messages: $0).amounts } == [
                ["0.00"], ["40.00"], ["40.00"], ["70.00"],
            ])
    }

    @Test("What a charge does not include can be rated by another, in tiers of its own")
    func overage() throws {
        let plan = """
            plan: p
            \(Self.meter)
            charges:
              - {id: base, kind: recurring, meter: m, model: included, fee: "5", qty: "150"}
              - {id: more, kind: usage, input: {overage_of: base}, model: graduated, tiers: [{up_to: "100", price: "0.1"}, {up_to: null, price: "0.05"}]}
            """
        // 350 beyond 150: 100 · 0.1 + 100 · 0.05
        #expect(try rated(plan, messages: 350).amounts == ["5.00", "15.00"])
        #expect(try rated(plan, messages: 150).amounts == ["5.00", "0.00"])
    }

    @Test("A one-off charge comes once, where the contract begins")
    func oneOff() throws {
        let plan = "plan: p\ncharges: [{id: c, kind: one_off, model: flat, amount: \"100\"}]"
        #expect(try rated(plan, from: "2026-04-16").amounts == ["100.00"])
        #expect(try rated(plan, from: "2026-03-16").amounts == [])
    }

    @Test("A charge that waits for an event is not there without it, and events have dates")
    func events() throws {
        let plan = try Desk.plan(
            text: "plan: p\ncharges: [{id: c, kind: recurring, model: flat, amount: \"-20\", when: strike}]")
        var desk = try Desk(plan)
        #expect(try desk.rated().amounts == [])
        desk.input.events = [RatingInput.Event(name: "strike", on: try Desk.date("2026-04-30"))]
        #expect(try desk.rated().amounts == ["-20.00"])
        desk.input.events = [RatingInput.Event(name: "strike", on: try Desk.date("2026-05-01"))]
        #expect(try desk.rated().amounts == [])
    }

    @Test("First the lower bound, then the upper one; a credit takes its part of what was rounded")
    func bounds() throws {
        let plan = """
            plan: p
            \(Self.meter)
            charges:
              - {id: c, kind: usage, meter: m, model: per_unit, price: "0.333", min: "1", max: "2"}
              - {id: back, kind: credit, of: c, rate: "0.5"}
            """
        #expect(try rated(plan, messages: 0).amounts == ["1.00", "-0.50"])
        #expect(try rated(plan, messages: 5).amounts == ["1.67", "-0.84"])
        #expect(try rated(plan, messages: 100).amounts == ["2.00", "-1.00"])
    }

    @Test(
        "Rounded by invoice, the lines stay exact and are shown so that they add up",
        arguments: [("half_up", "1.00"), ("down", "0.99"), ("up", "1.00")])
    func perInvoice(_ mode: String, _ total: String) throws {
        let plan = """
            plan: p
            rounding: {mode: \(mode), at: invoice}
            \(Self.meter)
            charges:
              - {id: a, kind: usage, meter: m, model: per_unit, price: "0.333"}
              - {id: b, kind: usage, meter: m, model: per_unit, price: "0.333"}
              - {id: c, kind: usage, meter: m, model: per_unit, price: "0.333"}
              - {id: d, kind: credit, of: a, rate: "0.001"}
            """
        // 0.999 − 0.000333 = 0.998667
        let rated = try rated(plan, messages: 1)
        #expect(rated.total.text == total)
        #expect(rated.lines.map(\.amount.minor).reduce(0, +) == rated.subtotal.minor)
        #expect(rated.lines.map(\.exact).reduce(.zero, +) == Rational(998_667, over: 1_000_000))
    }

    @Test("Taxes come after, each on the rounded net; what prices contain is taken out of them")
    func taxes() throws {
        let plan = """
            plan: p
            charges: [{id: c, kind: recurring, model: flat, amount: "106.01"}]
            tax: [{rate: "0.06", inclusive: true}, {rate: "0.01"}]
            """
        let rated = try rated(plan)
        #expect(rated.subtotal.text == "106.01")
        #expect(rated.net.text == "100.01")
        #expect(rated.taxes.map(\.amount.text) == ["6.00", "1.00"])
        #expect(rated.total.text == "107.01")
    }

    @Test("Minor units are the currency's own", arguments: [(0, "100"), (3, "99.900")])
    func digits(_ digits: Int, _ expected: String) throws {
        let plan =
            "plan: p\ncurrency: JPY\nminor_digits: \(digits)\ncharges: [{id: c, kind: recurring, model: flat, amount: \"99.9\"}]"
        #expect(try rated(plan).total.text == expected)
    }
}
