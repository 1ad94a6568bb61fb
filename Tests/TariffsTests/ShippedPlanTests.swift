import Billing
import Configuration
import FieldModel
import Foundation
import Tariffs
import Testing

@Suite("The plans that come along")
struct ShippedPlanTests {
    private static let names = [
        "drone-lease", "drone-per-flight", "drone-purchase", "loader-lifetime", "loader-monthly", "messages-bundle",
        "messages-packages", "messages-tiers", "multi-dimensional", "multi-line", "output-share", "pooled-data",
        "pooled-messages",
    ]
    private static let lines = (1...10).map { $0 < 10 ? "line-0\($0)" : "line-\($0)" }

    private func desk(_ name: String, _ month: String = "2026-04-01", lines: [String] = ["l1"]) throws -> Desk {
        try Desk(try Desk.plan(name, in: Desk.shipped), month, lines: lines)
    }

    @Test("are those that are tested here")
    func all() throws {
        let files = try FileManager.default.contentsOfDirectory(atPath: Desk.shipped.path(percentEncoded: false))
        #expect(files.sorted() == Self.names.map { "\($0).yaml" })
    }

    @Test("are without mistakes, and say that their prices are examples", arguments: names)
    func clean(_ name: String) throws {
        let bytes = Array(try Data(contentsOf: Desk.shipped.appending(path: "\(name).yaml")))
        let loaded = TariffLoader().load(bytes, file: name)
        #expect(loaded.problems.map(\.text) == [])
        #expect(loaded.tariff?.plan == name)
        #expect(String(decoding: bytes, as: UTF8.self).contains("prices are illustrative"))
        // Cheaper lines mean it.
        #expect(name == "multi-line" || loaded.warnings.map(\.text) == [])
    }

    @Test("A month of exactly 120 GB is 120.00, and the bundle 14,400.00")
    func loader() throws {
        for name in ["loader-lifetime", "loader-monthly"] {
            let desk = try desk(name)
            #expect(try desk.rated([desk.bytes(120_000_000_000)]).subtotal.text == "120.00")
        }
        let schedule = try #require(try LifetimeSchedule(try Desk.plan("loader-lifetime", in: Desk.shipped)))
        #expect([schedule.total, schedule.down, schedule.paid].map(\.text) == ["14400.00", "4320.00", "15163.30"])
        #expect(schedule.instalments.map(\.amount.text) == Array(repeating: "301.20", count: 35) + ["301.30"])
    }

    @Test(
        "Messages",
        arguments: [
            ("messages-bundle", Int64(163), "6.30"), ("messages-bundle", 0, "5.00"), ("messages-packages", 0, "0.00"),
            ("messages-packages", 150, "5.00"), ("messages-packages", 151, "10.00"),
            ("messages-tiers", 250_000, "3220.00"),
        ])
    func messages(_ name: String, _ count: Int64, _ expected: String) throws {
        let desk = try desk(name)
        #expect(try desk.rated([desk.messages(count)]).total.text == expected)
    }

    @Test("Many dimensions, with and without the credit")
    func dimensions() throws {
        var desk = try desk("multi-dimensional")
        desk.input.reserved = [
            RatingInput.ReservedRate(line: "l1", megabits: Rational(20), from: try Desk.date("2026-01-01"))
        ]
        let records = [desk.bytes(120_000_000_000)]
        let connections = [try desk.external("connections", "12")]
        #expect(try desk.rated(records, external: connections).total.text == "654.00")
        desk.input.events = [RatingInput.Event(name: "sla_breach")]
        #expect(try desk.rated(records, external: connections).total.text == "646.00")
    }

    @Test("Lines, one of them from the middle of the month, and a contract from there")
    func lines() throws {
        var desk = try desk("multi-line", lines: Array(Self.lines.prefix(4)))
        desk.input.lines.append(RatingInput.LineAssignment(line: "x", from: try Desk.date("2026-04-16")))
        #expect(try desk.rated().total.text == "225.00")
        desk.input.plans[0].from = try Desk.date("2026-04-16")
        #expect(try desk.rated().total.text == "125.00")
    }

    @Test("Pools")
    func pools() throws {
        let messages = try desk("pooled-messages", lines: Self.lines)
        let counts: [Int64] = [310, 295, 402, 288, 350, 333, 299, 311, 305, 324]
        let rated = try messages.rated(zip(counts, Self.lines).map { messages.messages($0, line: $1) })
        #expect(rated.total.text == "121.70")
        #expect(
            rated.lines[0].shares.map(\.amount.minor) == [1173, 1116, 1521, 1089, 1324, 1260, 1131, 1176, 1154, 1226])
        var carry = CarryState()
        var totals: [String] = []
        for (month, use) in [("2026-01-01", Int64(1050)), ("2026-02-01", 1330), ("2026-03-01", 1190)] {
            let desk = try desk("pooled-data", month, lines: Self.lines)
            let rated = try desk.rated([desk.bytes(use * 1_000_000_000, line: "line-07")], carry: carry)
            carry = rated.carryOut
            totals.append(rated.total.text)
        }
        #expect(totals == ["1200.00", "1236.00", "1200.00"])
    }

    @Test("A share of output", arguments: [("16000", "768.00"), ("18250", "800.00"), ("9000", "500.00")])
    func output(_ tonnes: String, _ expected: String) throws {
        let desk = try desk("output-share")
        #expect(try desk.rated(external: [try desk.external("tonnes", tonnes)]).total.text == expected)
    }

    @Test("Drones, by the flight, on lease and bought")
    func drones() throws {
        let flown = try desk("drone-per-flight")
        #expect(
            try flown.rated([flown.bytes(26_500_000_000)], external: [try flown.external("flights", "52")]).total.text
                == "952.00")
        var leased = try desk("drone-lease")
        let use = ([leased.bytes(33_000_000_000)], [try leased.external("flights", "64")])
        #expect(try leased.rated(use.0, external: use.1).total.text == "1554.00")
        leased.input.plans[0].contractFrom = try Desk.date("2026-04-11")
        leased.input.plans[0].from = try Desk.date("2026-04-11")
        // 800 + 1500 · ⅔ + (64 − 40) · 12 + (33 − 20) · 2
        #expect(try leased.rated(use.0, external: use.1).total.text == "2114.00")
        var bought = try desk("drone-purchase")
        bought.input.plans[0].contractFrom = try Desk.date("2026-03-01")
        #expect(try bought.rated([bought.bytes(65_000_000_000)]).total.text == "34.00")
        bought.input.plans[0].contractFrom = try Desk.date("2026-04-01")
        #expect(try bought.rated([bought.bytes(65_000_000_000)]).total.text == "2914.00")
    }
}
