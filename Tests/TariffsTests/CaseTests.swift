import Billing
import Configuration
import FieldModel
import Tariffs
import Testing

@Suite("The tariff cases, exact to the fen")
struct CaseTests {
    @Test(
        "1: a gigabyte for a yuan, and a tie",
        arguments: [
            (Int64(120_000_000_000), "half_up", "GB", "120.00"), (120_005_000_000, "half_up", "GB", "120.01"),
            (120_005_000_000, "half_even", "GB", "120.00"), (120_000_000_000, "half_up", "GiB", "111.76"),
            (0, "half_up", "GB", "0.00"),
        ])
    func volume(_ bytes: Int64, _ mode: String, _ unit: String, _ expected: String) throws {
        let text = try Desk.text("c1a")
            .replacing("half_up", with: mode).replacing("unit: GB", with: "unit: \(unit)")
        let desk = try Desk(try Desk.plan(text: text))
        #expect(try desk.rated([desk.bytes(bytes)]).total.text == expected)
    }

    @Test("1: a lifetime of 120 months, at once, in instalments, with and without interest")
    func lifetime() throws {
        let plan = try Desk.plan("c1b")
        let schedule = try #require(try LifetimeSchedule(plan))
        #expect(schedule.total.text == "14400.00")
        #expect(schedule.down.text == "4320.00")
        #expect(schedule.instalments.count == 36)
        #expect(schedule.instalments.dropLast().allSatisfy { $0.amount.text == "301.20" })
        #expect(schedule.instalments.last?.amount.text == "301.30")
        #expect(schedule.instalments.last?.balance.text == "0.00")
        #expect(schedule.paid.text == "15163.30")
        var free = plan
        free.lifetime?.payment = .instalments(
            down: .share(try #require(DecimalText("0.3"))), yearlyRate: DecimalText("0"), count: 36)
        let flat = try #require(try LifetimeSchedule(free))
        #expect(flat.instalments.allSatisfy { $0.amount.text == "280.00" })
        #expect(flat.paid.text == "14400.00")
        free.lifetime?.payment = .atOnce
        #expect(try LifetimeSchedule(free)?.down.text == "14400.00")
    }

    @Test(
        "2: a bundle of 150 messages, as included and as packages",
        arguments: [
            ("c2i", Int64(0), "5.00"), ("c2i", 150, "5.00"), ("c2i", 151, "5.10"), ("c2i", 163, "6.30"),
            ("c2p", 0, "0.00"), ("c2p", 150, "5.00"), ("c2p", 151, "10.00"), ("c2p", 163, "10.00"),
        ])
    func bundle(_ plan: String, _ count: Int64, _ expected: String) throws {
        let desk = try Desk(try Desk.plan(plan))
        #expect(try desk.rated([desk.messages(count)]).total.text == expected)
    }

    static let pool = (1...10).map { "l\($0)" }

    @Test("3: ten lines share 3000 messages", arguments: [(Int64(2999), "100.00"), (3000, "100.00"), (3217, "121.70")])
    func pooled(_ count: Int64, _ expected: String) throws {
        let desk = try Desk(try Desk.plan("c3"), lines: Self.pool)
        #expect(try desk.rated([desk.messages(count)]).total.text == expected)
    }

    @Test("3: the shared amount is parted by use, and three duplicates found later come back as a credit")
    func parted() throws {
        let desk = try Desk(try Desk.plan("c3"), lines: Self.pool)
        let counts: [Int64] = [310, 295, 402, 288, 350, 333, 299, 311, 305, 324]
        let records = zip(counts, Self.pool).map { desk.messages($0, line: $1) }
        let rated = try desk.rated(records)
        #expect(
            rated.lines[0].shares.map(\.amount.minor) == [1173, 1116, 1521, 1089, 1324, 1260, 1131, 1176, 1154, 1226])
        let late = try desk.rated(records + [desk.messages(-3, line: "l3")])
        let invoice = InvoicedPeriod(rated, number: "2026-0007")
        let note = try #require(CorrectionNote(late, invoiced: [invoice]))
        #expect(note.total.text == "-0.30")
        #expect(note.corrects == ["2026-0007"])
        #expect(note.lines.map(\.difference) == [-30])
        #expect(note.lines[0].shares.values.reduce(0, +) == -30)
        #expect(CorrectionNote(late, invoiced: [invoice, InvoicedPeriod(note, number: "2026-0008")]) == nil)
    }

    @Test(
        "4: tiers for the whole quantity, and for each its part",
        arguments: [
            ("c4v", Int64(250_000), "3000.00"), ("c4g", 250_000, "3220.00"), ("c4v", 100_000, "1400.00"),
            ("c4g", 100_000, "1420.00"), ("c4v", 100_001, "1200.01"), ("c4g", 100_001, "1420.01"), ("c4v", 0, "0.00"),
            ("c4g", 0, "0.00"),
        ])
    func tiers(_ plan: String, _ count: Int64, _ expected: String) throws {
        let desk = try Desk(try Desk.plan(plan))
        #expect(try desk.rated([desk.messages(count)]).total.text == expected)
    }

    @Test("4: a check warns where more costs less")
    func inversion() throws {
        let bytes = Array(try Desk.text("c4v").utf8)
        let warnings = TariffLoader().load(bytes, file: "c4v.yaml").warnings
        #expect(warnings.map(\.path) == ["charges[0].tiers[1]", "charges[0].tiers[2]", "charges[0].tiers[3]"])
        #expect(warnings.allSatisfy { $0.line == 5 && $0.column > 1 })
        #expect(warnings[1].message == "100000 costs 1400, a little more than 100000 only 1200")
    }

    @Test(
        "5: lines, cheaper the more there are",
        arguments: [(1, "80.00"), (2, "140.00"), (3, "180.00"), (4, "200.00"), (5, "250.00"), (0, "0.00")])
    func lines(_ count: Int, _ expected: String) throws {
        let desk = try Desk(try Desk.plan("c5"), lines: Array(Self.pool.prefix(count)))
        #expect(try desk.rated().total.text == expected)
    }

    @Test("5: a fifth line from 16 April")
    func fifthLine() throws {
        var desk = try Desk(try Desk.plan("c5"), "2026-04-20", lines: Array(Self.pool.prefix(4)))
        desk.input.lines.append(RatingInput.LineAssignment(line: "l5", from: try Desk.date("2026-04-16")))
        #expect(try desk.rated().total.text == "225.00")
    }

    @Test("6: many dimensions, and a credit on one of them")
    func dimensions() throws {
        var desk = try Desk(try Desk.plan("c6"))
        desk.input.reserved = [
            RatingInput.ReservedRate(line: "l1", megabits: Rational(20), from: try Desk.date("2026-01-01"))
        ]
        let records = [desk.bytes(120_000_000_000)]
        let connections = [try desk.external("connections", "12")]
        let rated = try desk.rated(records, external: connections)
        #expect(rated.amounts == ["200.00", "150.00", "160.00", "42.00", "102.00"])
        #expect(rated.total.text == "654.00")
        desk.input.events = [RatingInput.Event(name: "sla_breach")]
        let breached = try desk.rated(records, external: connections)
        #expect(breached.lines.last?.amount.text == "-8.00")
        #expect(breached.total.text == "646.00")
    }

    @Test(
        "7: a share of output between two bounds",
        arguments: [("16000", "768.00"), ("18250", "800.00"), ("9000", "500.00")])
    func output(_ tonnes: String, _ expected: String) throws {
        let desk = try Desk(try Desk.plan("c7"))
        #expect(try desk.rated(external: [try desk.external("tonnes", tonnes)]).total.text == expected)
    }

    @Test("8: a pool that carries over")
    func carried() throws {
        let plan = try Desk.plan("c8")
        var carry = CarryState()
        var seen: [[String]] = []
        for (month, use) in [("2026-01-01", Int64(1050)), ("2026-02-01", 1330), ("2026-03-01", 1190)] {
            let desk = try Desk(plan, month, lines: Self.pool)
            let rated = try desk.rated([desk.bytes(use * 1_000_000_000, line: "l4")], carry: carry)
            carry = rated.carryOut
            seen.append([rated.total.text, carry.total(plan: "c8", pool: "p").shown])
        }
        #expect(seen == [["1200.00", "100"], ["1236.00", "0"], ["1200.00", "10"]])
    }

    @Test("8: quantised for each connection, or for the period", arguments: [("c8c", "0.06"), ("c8p", "0.05")])
    func quantised(_ plan: String, _ expected: String) throws {
        let desk = try Desk(try Desk.plan(plan))
        let records = (1...3).map { number in
            var record = desk.bytes(1_500_001)
            record.connection = ConnectionKey(boot: "b", start: 1, id: UInt32(number), tuple: "t")
            return record
        }
        #expect(try desk.rated(records).total.text == expected)
        // A connection in two parts is still one.
        var parts = records
        parts[0].up = 500_000
        var rest = parts[0]
        rest.up = 1_000_001
        #expect(try desk.rated(parts + [rest]).total.text == expected)
    }
}
