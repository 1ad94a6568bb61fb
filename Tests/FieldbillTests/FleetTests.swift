import BillTesting
import JSONText
import Testing
import UsageWire

@Suite("Fleets whose machines come and go")
struct FleetTests {
    private let plan = """
        plan: yard
        meters:
          - {id: rate, source: gbr_mbps, unit: Mbit/s, aggregate: time_weighted}
          - {id: lines, source: lines, unit: line}
          - {id: peak, source: ip_bytes, unit: Mbit/s, aggregate: time_weighted, sample: day}
        charges:
          - {id: rate, kind: recurring, meter: rate, model: per_unit, price: "31"}
          - {id: lines, kind: recurring, meter: lines, model: per_unit, price: "31"}
          - {id: peak, kind: usage, meter: peak, model: per_unit, price: "310"}

        """

    private func amounts(_ invoice: JSONValue, _ section: Int = 0) -> [Int64] {
        let sections = invoice.items("sections")
        return section < sections.count ? sections[section].items("lines").map { $0.integer("amount") } : []
    }

    @Test("lines count by machine, and reserved rates only while their machine is charged with the fleet")
    func members() async throws {
        let desk = try await Desk()
        try await desk.add(plan: plan)
        try await desk.run("assign", "f", "--from", "2026-01-01", "--plan", "yard")
        for machine in ["m1", "m2"] {
            try await desk.run(
                "assign", machine, "--from", "2026-01-01", "--gateway", "gw-\(machine)", "--fleet", "f", "--line",
                "main",
                "--reserved", "2")
        }
        try await desk.run("assign", "m2", "--from", "2026-10-11", "--end", "fleet")
        // 2 × 31 days + 2 × 10 days of 2 Mbit/s; 31 + 10 days of a line.
        #expect(amounts(try await desk.json("rate", "f", "--period", "2026-10")) == [8200, 4100, 0])
    }

    @Test("a machine that has a plan of its own in other months is charged with its fleet in this one")
    func ownPlan() async throws {
        let desk = try await Desk()
        try await desk.add(plan: plan)
        try await desk.add(plan: perGigabyte)
        try await desk.run("assign", "f", "--from", "2026-01-01", "--plan", "yard")
        try await desk.run("assign", "m1", "--from", "2026-01-01", "--gateway", "gw-m1", "--fleet", "f")
        try await desk.run("assign", "m1", "--from", "2026-03-01", "--to", "2026-10-01", "--plan", "data")
        let before = try await desk.json("rate", "f", "--period", "2026-09")
        #expect(before.items("sections").map { $0.text("subject") } == ["f", "m1"])
        for period in ["2026-10", "2026-02"] {
            let invoice = try await desk.json("rate", "f", "--period", period)
            #expect(invoice.items("sections").map { $0.text("subject") } == ["f"])
            #expect(amounts(invoice)[1] == 3100)
        }
    }

    @Test("a gateway's gap leaves samples out only while it records for the machine")
    func gap() async throws {
        let desk = try await Desk()
        try await desk.add(plan: plan)
        try await desk.run("assign", "m1", "--from", "2026-01-01", "--gateway", "gw-1", "--plan", "yard")
        try await desk.run("assign", "m1", "--from", "2026-10-11", "--gateway", "gw-2")
        var first = TestGateway("gw-1")
        first.gap("2026-10-08T16:00:00Z", seconds: 12 * 86_400)
        try await desk.run("ingest", desk.write(first.lines, to: "r.jsonl"))
        // The 9th and 10th.
        let invoice = try await desk.json("rate", "m1", "--period", "2026-10")
        #expect(invoice.items("sections").first?.integer("excluded_samples") == 2)
    }
}
