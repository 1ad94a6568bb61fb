import Billing
import Calendars
import FieldModel
import Testing

@Suite("Parts of a period under plans that differ")
struct PartsTests {
    private func version(_ number: Int, _ members: String) throws -> Tariff {
        try Desk.plan(text: "plan: p\nversion: \(number)\n\(members)")
    }

    private func change(_ desk: inout Desk, _ plan: Tariff, on date: String) throws {
        let date = try Desk.date(date)
        desk.input.plans[desk.input.plans.count - 1].to = date
        desk.input.plans.append(RatingInput.PlanAssignment(plan: plan, from: date))
    }

    @Test("each plan's tax is rounded as that plan says")
    func taxes() throws {
        func plan(_ number: Int, _ mode: String) throws -> Tariff {
            try version(
                number,
                """
                rounding: {mode: \(mode)}
                charges: [{id: c, kind: recurring, model: flat, amount: "0.55"}]
                tax: [{rate: "0.1"}]
                """)
        }
        var desk = try Desk(try plan(1, "down"))
        try change(&desk, try plan(2, "up"), on: "2026-04-11")
        #expect(try desk.rated().taxes.map(\.amount.text) == ["0.05", "0.06"])
        // Plans that tax and round alike are taxed together.
        var alike = try Desk(try plan(1, "down"))
        try change(&alike, try plan(2, "down"), on: "2026-04-11")
        #expect(try alike.rated().taxes.map(\.amount.text) == ["0.11"])
    }

    @Test("an event that holds for many days counts in every part that it touches")
    func events() throws {
        func plan(_ number: Int) throws -> Tariff {
            try version(number, "charges: [{id: c, kind: recurring, model: flat, amount: \"-20\", when: strike}]")
        }
        var desk = try Desk(try plan(1))
        try change(&desk, try plan(2), on: "2026-04-11")
        desk.input.events = [
            RatingInput.Event(name: "strike", on: try Desk.date("2026-04-02"), to: try Desk.date("2026-04-12"))
        ]
        #expect(try desk.rated().amounts == ["-20.00", "-20.00"])
        desk.input.events[0].to = try Desk.date("2026-04-11")
        #expect(try desk.rated().amounts == ["-20.00"])
    }

    @Test("lines of two machines that are called the same are two")
    func lines() throws {
        let plan = try version(
            1,
            """
            meters: [{id: n, source: lines, unit: line}]
            charges: [{id: c, kind: recurring, meter: n, model: per_unit, price: "10"}]
            """)
        var desk = try Desk(plan, lines: [])
        let from = try Desk.date("2026-01-01")
        desk.input.lines = ["m1", "m2", "m2"].map {
            RatingInput.LineAssignment(line: "main", machine: $0, from: from)
        }
        #expect(try desk.rated().amounts == ["20.00"])
    }

    private func pool(_ number: Int, meter: String, rollOver: Bool = true) throws -> Tariff {
        try version(
            number,
            """
            meters: [{id: m, \(meter)}]
            pools: [{id: p, members: [l1], meter: m, qty: "1"\(rollOver ? ", rollover: {cap: \"500\"}" : "")}]
            charges: [{id: c, kind: recurring, meter: m, pool: p, model: included, fee: "0", overage: "1"}]
            """)
    }

    @Test("what is carried stays what it is when a later version counts in another unit")
    func units() throws {
        let before = try Desk(try pool(1, meter: "source: ip_bytes, unit: MB"))
        let carry = try before.rated().carryOut
        #expect(carry.total(plan: "p", pool: "p", in: .bytes(.MB)) == Rational(1))
        #expect(carry.total(plan: "p", pool: "p", in: .bytes(.kB)) == Rational(1000))
        // 1 kB of its own and 1000 kB of what was carried: 1002 kB are 1 kB too many; the cap is of kB, too.
        let after = try Desk(try pool(2, meter: "source: ip_bytes, unit: kB"), "2026-05-01")
        let used = try after.rated([after.bytes(1_002_000)], carry: carry)
        #expect(used.amounts == ["1.00"] && used.carryOut.buckets.isEmpty)
        let messages = try Desk(try pool(2, meter: "source: msgs, unit: msg"), "2026-05-01")
        #expect(try messages.rated([messages.messages(3)], carry: carry).amounts == ["2.00"])
    }

    @Test("a pool that does not roll over uses nothing of what an earlier version of it left")
    func withoutRollOver() throws {
        let before = try Desk(try pool(1, meter: "source: ip_bytes, unit: MB"))
        let after = try Desk(try pool(2, meter: "source: ip_bytes, unit: MB", rollOver: false), "2026-05-01")
        let rated = try after.rated([after.bytes(3_000_000)], carry: try before.rated().carryOut)
        #expect(rated.amounts == ["2.00"])
        #expect(rated.warnings.map(\.text).contains { $0.contains("1 carried over in p/p was not used") })
    }

    @Test("under another plan a period whose plans changed is one part: its fee comes once")
    func compared() throws {
        func plan(_ number: Int, _ amount: String) throws -> Tariff {
            try version(number, "charges: [{id: c, kind: recurring, model: flat, amount: \"\(amount)\"}]")
        }
        var desk = try Desk(try plan(1, "10"))
        try change(&desk, try plan(2, "20"), on: "2026-04-11")
        #expect(try desk.rated().amounts == ["10.00", "20.00"])
        desk.input = desk.input.under(try plan(3, "5"))
        #expect(try desk.rated().amounts == ["5.00"])
    }
}
