import Billing
import Calendars
import FieldGateTesting
import FieldModel
import Tariffs
import Testing

@Suite("Changes, corrections and bundles")
struct SettlingTests {
    private func plan(_ text: String) throws -> Tariff { try Desk.plan(text: text) }

    private func flat(_ amount: String, id: String = "p", version: Int = 1, more: String = "", prorate: String = "day")
        throws -> Tariff
    {
        try plan(
            """
            plan: \(id)
            version: \(version)
            \(more)
            charges: [{id: c, kind: recurring, model: flat, amount: "\(amount)", prorate: \(prorate)}]
            """)
    }

    private func change(_ desk: inout Desk, _ plan: Tariff, on date: String) throws {
        let date = try Desk.date(date)
        desk.input.plans[desk.input.plans.count - 1].to = date
        desk.input.plans.append(RatingInput.PlanAssignment(plan: plan, from: date))
    }

    @Test("A change of plan in mid-period rates each part alone, and rounds each")
    func segments() throws {
        var desk = try Desk(try flat("100"))
        try change(&desk, try flat("200", version: 2), on: "2026-04-11")
        let rated = try desk.rated()
        #expect(rated.amounts == ["33.33", "133.33"])
        #expect(rated.parts.map(\.version) == [1, 2])
        #expect(rated.parts.map(\.to.text) == ["2026-04-11", "2026-05-01"])
        #expect(rated.total.text == "166.66")
    }

    @Test("However a period is cut, exact parts of the same plan add up to the whole", arguments: 0..<40)
    func cuts(_ seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let zone = ["Europe/Berlin", "America/St_Johns", "Asia/Shanghai"].randomElement(using: &random) ?? ""
        let word = Bool.random(using: &random) ? "day" : "second"
        let plan = try plan(
            """
            plan: p
            period: {tz: \(zone)}
            meters:
              - {id: n, source: lines, unit: line, aggregate: time_weighted, sample: 900s}
              - {id: m, source: msgs, unit: msg}
            charges:
              - {id: c, kind: recurring, model: flat, amount: "97.13", prorate: \(word)}
              - {id: l, kind: recurring, meter: n, model: per_unit, price: "80"}
              - {id: m, kind: usage, meter: m, model: per_unit, price: "0.017"}
            """)
        var whole = try Desk(plan, ["2026-03-10", "2024-02-10", "2026-10-10"].randomElement(using: &random) ?? "")
        whole.input.lines.append(RatingInput.LineAssignment(line: "l2", from: whole.input.period.from + 9))
        var cut = whole
        var at = whole.input.period.from
        while true {
            at = at + .random(in: 1...12, using: &random)
            guard at < whole.input.period.to else { break }
            cut.input.plans[cut.input.plans.count - 1].to = at
            cut.input.plans.append(
                RatingInput.PlanAssignment(plan: plan, from: at, contractFrom: cut.input.plans[0].contractFrom))
        }
        let records = (0..<50).map { _ in
            whole.messages(
                1,
                at: Timestamp(
                    microseconds: .random(
                        in: whole.input.period.start.microseconds..<whole.input.period.end.microseconds, using: &random)
                ))
        }
        let (one, many) = (try whole.rated(records), try cut.rated(records))
        for charge in ["c", "m", "l"] {
            let exact = many.lines.filter { $0.charge == charge }.map(\.exact).reduce(.zero, +)
            #expect(exact == one.line(charge)?.exact, "\(charge) in \(zone)")
        }
    }

    @Test("Contradicting assignments are faults that name the day")
    func faults() throws {
        let base = try flat("100")
        func fault(_ plan: Tariff, on date: String = "2026-04-11", overlap: Bool = false) throws -> String {
            var desk = try Desk(base)
            try change(&desk, plan, on: date)
            if overlap { desk.input.plans[0].to = nil }
            do {
                _ = try desk.rated()
                return ""
            } catch let fault as RatingFault {
                return fault.text
            }
        }
        #expect(
            try fault(try flat("1", version: 2, more: "currency: EUR")).contains(
                "changes from CNY to EUR on 2026-04-11"))
        #expect(
            try fault(try flat("1", version: 2, more: "period: {anchor_day: 5}")).contains(
                "p v2 has periods of its own"))
        #expect(try fault(try flat("1", version: 2, more: "minor_digits: 3")).contains("minor digits"))
        #expect(try fault(try flat("1", version: 2), overlap: true).contains("both assigned on 2026-04-11"))
        // Between periods everything may change.
        #expect(try fault(try flat("1", version: 2, more: "currency: EUR"), on: "2026-05-01") == "")
        var desk = try Desk(base)
        desk.input.plans[0].from = try Desk.date("2026-06-01")
        #expect(throws: RatingFault.noPlan(account: "customer", period: "2026-04-01/2026-05-01")) { try desk.rated() }
    }

    @Test("Amounts beyond any invoice are a fault, not a wrong number")
    func tooLarge() throws {
        let desk = try Desk(try flat("999999999999999", prorate: "none"))
        #expect(throws: RatingFault.amountTooLarge(charge: "c")) { try desk.rated() }
    }

    @Test("Late records change their own period, and later ones while what they carry changes")
    func replay() throws {
        let plan = try Desk.plan("c8")
        let months = ["2026-01-01", "2026-02-01", "2026-03-01", "2026-04-01"]
        func measured(_ uses: [Int64]) throws -> [MeasuredPeriod] {
            try zip(months, uses).map { month, use in
                let desk = try Desk(plan, month, lines: CaseTests.pool)
                return try desk.measured([desk.bytes(use * 1_000_000_000)])
            }
        }
        var carry = CarryState()
        var steps: [Replay.Step] = []
        for (number, period) in try measured([1100, 1350, 1190, 1000]).enumerated() {
            let rated = try period.rated(carry: carry)
            carry = rated.carryOut
            steps.append(
                Replay.Step(measured: period, invoiced: [InvoicedPeriod(rated, number: "\(number)")], carryOut: carry))
        }
        // January: 80 more. 20 are carried instead of 100, so February pays for 80 more; from March on all is as it was.
        steps[0].measured = try measured([1180])[0]
        let outcomes = try Replay.run(steps, carry: CarryState())
        #expect(outcomes.count == 2)
        #expect(outcomes.map { $0.note?.total.text } == [nil, "96.00"])
        #expect(outcomes[1].note?.corrects == ["1"])
    }

    @Test(
        "A remainder lives as many periods as the plan says, the oldest is used first, and the cap keeps the youngest")
    func rollOver() throws {
        let text = """
            plan: r
            meters: [{id: m, source: msgs, unit: msg}]
            pools: [{id: p, members: [l1], meter: m, qty: "100", rollover: {periods: 2, cap: "120"}}]
            charges: [{id: c, kind: recurring, pool: p, model: included, fee: "0", overage: "1"}]
            """
        let plan = try plan(text)
        var carry = CarryState()
        var seen: [String] = []
        for (month, use) in [("01", Int64(30)), ("02", 100), ("03", 20), ("04", 0), ("05", 300)] {
            let desk = try Desk(plan, "2026-\(month)-01")
            let rated = try desk.rated([desk.messages(use)], carry: carry)
            carry = rated.carryOut
            seen.append(
                "\(rated.total.text): "
                    + carry.buckets.map { "\($0.quantity.shown)×\($0.periodsLeft)" }.joined(separator: " "))
        }
        // January leaves 70. February uses the 70 and 30 of its own. March uses 20 of February's 70: the
        // cap keeps its own 100 and 20 of the 50. They expire unused in April. May has 120 and its own 100, and needs 300.
        #expect(seen == ["0.00: 70×2", "0.00: 70×2", "0.00: 20×1 100×2", "0.00: 20×1 100×2", "80.00: "])
    }

    @Test("A bundle pays for the fixed part; down payment and instalments fall due month by month")
    func lifetime() throws {
        let plan = try Desk.plan("c1b")
        func rated(_ month: String) throws -> RatedPeriod {
            var desk = try Desk(plan, month)
            desk.input.plans[0].from = try Desk.date("2026-01-15")
            desk.input.plans[0].contractFrom = try Desk.date("2026-01-15")
            return try desk.rated([desk.bytes(121_500_000_000)])
        }
        func summary(_ rated: RatedPeriod) -> [String] {
            rated.settlement.map { "\($0.role.name) \($0.amount.text)" } + [
                "subtotal \(rated.subtotal.text)", "net \(rated.net.text)",
            ]
        }
        #expect(
            summary(try rated("2026-01-20")) == ["covered -120.00", "down 4320.00", "subtotal 121.50", "net 4321.50"])
        #expect(
            summary(try rated("2026-02-20")) == [
                "covered -120.00", "instalment 301.20", "subtotal 121.50", "net 302.70",
            ])
        #expect(
            summary(try rated("2029-01-20")) == [
                "covered -120.00", "instalment 301.30", "subtotal 121.50", "net 302.80",
            ])
        #expect(summary(try rated("2029-02-20")) == ["covered -120.00", "subtotal 121.50", "net 1.50"])
        #expect(summary(try rated("2035-12-20")) == ["covered -120.00", "subtotal 121.50", "net 1.50"])
        #expect(summary(try rated("2036-01-20")) == ["subtotal 121.50", "net 121.50"])
    }

    @Test("A forecast lets the month go on as it did, and then ten years")
    func forecast() throws {
        let desk = try Desk(try Desk.plan("c1b"))
        var accumulator = try Accumulator(desk.input)
        let third = Timestamp(microseconds: desk.input.period.start.microseconds + desk.input.period.microseconds / 3)
        accumulator.add(desk.bytes(50_000_000_000, at: desk.input.period.start))
        let forecast = try Forecast(accumulator, carry: CarryState(), at: third)
        #expect(forecast.toDate.subtotal.text == "120.00")
        #expect(forecast.periodEnd.lines[0].quantity?.shown == "150")
        #expect(forecast.periodEnd.subtotal.text == "150.00")
        #expect(forecast.life.periods == 120)
        #expect(forecast.life.bundle.text == "15163.30")
        #expect(forecast.life.monthly.text == "30.00")
        #expect(forecast.life.total.text == "18763.30")
    }

    @Test("A forecast knows a change of plan that is still to come, and judges samples by those that have passed")
    func forecastOverChange() throws {
        let meters = """
            meters:
              - {id: data, source: ip_bytes, unit: GB}
              - {id: peak, source: ip_bytes, unit: Mbit/s, aggregate: p95}
            """
        func version(_ number: Int, _ price: String) throws -> Tariff {
            try plan(
                """
                plan: p
                version: \(number)
                \(meters)
                charges:
                  - {id: d, kind: usage, meter: data, model: per_unit, price: "\(price)"}
                  - {id: k, kind: usage, meter: peak, model: per_unit, price: "1"}
                """)
        }
        var desk = try Desk(try version(1, "1"))
        try change(&desk, try version(2, "2"), on: "2026-04-21")
        var accumulator = try Accumulator(desk.input)
        let start = desk.input.period.start.microseconds
        // Ten days, 1 Mbit/s in every quarter of an hour: 10.8 GB a day.
        for number in 0..<960 {
            accumulator.add(
                desk.bytes(112_500_000, at: Timestamp(microseconds: start + Int64(number) * 900_000_000)))
        }
        let now = Timestamp(microseconds: start + 10 * 86_400_000_000)
        let end = try Forecast(accumulator, carry: CarryState(), at: now).periodEnd
        #expect(end.lines.filter { $0.charge == "d" }.map(\.amount.text) == ["216.00", "216.00"])
        #expect(end.lines.filter { $0.charge == "k" }.map(\.amount.text) == ["1.00", "0.00"])
    }

    @Test("Ten years count the bundle once, and the months after it")
    func lifeAfterBundle() throws {
        let text = """
            plan: p
            charges:
              - {id: start, kind: one_off, model: flat, amount: "50"}
              - {id: c, kind: recurring, model: flat, amount: "10"}
              - {id: s, kind: recurring, model: flat, amount: "3"}
            lifetime: {of: c, periods: 60, payment: instalment, down: "100", n: 10}
            """
        var desk = try Desk(try plan(text))
        // 600 for the bundle, 60 more months of 10, 120 of 3.
        #expect(try LifeForecast(try desk.rated(), years: 10).total.text == "1560.00")
        desk.input.plans[0].contractFrom = try Desk.date("2026-04-01")
        #expect(try LifeForecast(try desk.rated(), years: 10).total.text == "1610.00")
        desk.input.plans[0].contractFrom = try Desk.date("2010-04-01")
        #expect(try LifeForecast(try desk.rated(), years: 10).total.text == "1560.00")
    }

    @Test("A fee that is not shared out is told when a change makes it come twice")
    func feeTwice() throws {
        var desk = try Desk(try flat("100", prorate: "none"))
        try change(&desk, try flat("200", version: 2, prorate: "none"), on: "2026-04-11")
        #expect(try desk.rated().warnings == [.feeInEveryPart(charge: "c", parts: 2)])
        var other = try Desk(try flat("100"))
        try change(&other, try flat("200", version: 2), on: "2026-04-11")
        #expect(try other.rated().warnings == [])
    }

    @Test("What a person should look at is told on the result")
    func warnings() throws {
        var desk = try Desk(try flat("100", more: "valid: {from: 2026-05-01}"))
        desk.input.plans[0].to = try Desk.date("2026-04-21")
        var estimated = desk.messages(1)
        estimated.isEstimated = true
        estimated.isMisplaced = true
        let late = desk.messages(1, at: Timestamp(microseconds: desk.input.period.end.microseconds - 1))
        let carry = CarryState([CarryState.Bucket(plan: "old", pool: "x", quantity: Rational(5), periodsLeft: 2)])
        let rated = try desk.rated([estimated, late], carry: carry)
        #expect(
            rated.warnings.map(\.text) == [
                "p v1 is assigned from 2026-04-01 to 2026-04-21, where it is not valid",
                "records on days without a plan, which were not rated: 1",
                "records counted without the kernel's rights (estimated): 1",
                "records without a usable time, which count where they were received: 1",
                "5 carried over in old/x was not used: no plan of this period has that pool",
            ])
        #expect(rated.carryOut.buckets.map(\.periodsLeft) == [1])
        #expect(rated.statistics.records == 1 && rated.statistics.withoutPlan == 1)
    }

    @Test("A period is waited for as long as the plan says")
    func closing() throws {
        let plan = try flat("1")
        let period = plan.periods.period(containing: try Desk.date("2026-04-10"))
        #expect(plan.closing(of: period).iso8601 == "2026-05-03T16:00:00.000Z")
    }

    @Test("The same month under another plan")
    func comparison() throws {
        let desk = try Desk(try Desk.plan("c1a"))
        let records = [desk.bytes(250_000_000_000)]
        var other = desk
        other.input = desk.input.under(
            try plan(
                """
                plan: b
                period: {anchor_day: 5}
                meters: [{id: data, source: ip_bytes, unit: GB}]
                charges: [{id: c, kind: recurring, meter: data, model: included, fee: "150", qty: "200", overage: "0.5"}]
                """))
        #expect(try desk.rated(records).total.text == "250.00")
        #expect(try other.rated(records).total.text == "175.00")
    }
}
