import BillTesting
import Foundation
import PeerTesting
import Testing

@Suite("JSON that the desk prints")
struct SchemaTests {
    /// Holds a command's JSON against a schema.
    private func check(_ kind: String, _ text: String, _ desk: Desk) async throws {
        let lines = text.split(separator: "\n").filter { $0.hasPrefix("{") }.map(String.init)
        #expect(!lines.isEmpty, "\(text)")
        let file = try desk.write(lines, to: "\(kind)-\(UUID().uuidString).json")
        let (code, said) = try await Peer.run(
            "python3", [Place.package + "/Scripts/check-schemas", kind, file], in: desk.folder)
        #expect(code == 0, "\(said)")
    }

    @Test("invoices, notes, drafts, forecasts and comparisons are as their schemas have them")
    func documents() async throws {
        let desk = try await Desk()
        try await desk.add(plan: perGigabyte + "tax: [{rate: \"0.06\", inclusive: false}]\n")
        try await desk.add(plan: Plans.contract)
        try await desk.add(plan: Plans.rollOver)
        var gateways: [TestGateway] = []
        for (machine, plan) in [("m1", "data"), ("m2", "c1b"), ("m3", "c8")] {
            var gateway = TestGateway("gw-\(machine)")
            gateway.traffic("2026-10-05T00:00:00Z") {
                $0.up = 7_000_000_000; $0.iccid = "89860012345678901234"
            }
            gateway.gap("2026-10-06T00:00:00Z", seconds: 60)
            gateways.append(gateway)
            try await desk.run(
                "assign", machine, "--from", "2026-10-01", "--plan", plan, "--gateway", "gw-\(machine)", "--sim",
                "89860012345678901234")
        }
        let file = try desk.write(gateways.flatMap(\.lines), to: "r.jsonl")
        try await desk.run("ingest", file)
        for machine in ["m1", "m2", "m3"] {
            for command in ["rate", "invoice"] {
                let text = try await desk.run(command, machine, "--period", "2026-10", "--format", "json")
                try await check("invoice", text, desk)
            }
            try await check(
                "bill-forecast", desk.run("forecast", machine, "--at", "2026-10-20T00:00:00Z", "--json"), desk)
        }
        gateways[0].traffic("2026-10-07T00:00:00Z") {
            $0.connection = 2; $0.up = 1_000_000_000
        }
        gateways[0].adjust(gateways[0].records[1], at: "2026-11-07T00:00:00Z", up: -1, id: "a")
        try await desk.run("ingest", desk.write(gateways[0].lines, to: "late.jsonl"))
        try await check("invoice", desk.run("credit", "m1", "--format", "json"), desk)
        try await check("invoice", desk.run("export", "invoices", "--format", "json"), desk)
        try await check(
            "comparison", desk.run("compare", "m1", "--plan", "c8", "--period", "2026-10", "--json"), desk)
        try await check("assignment", desk.run("assignments", "--json"), desk)
        try await check("desk-status", desk.run("status", "--json"), desk)
    }

    @Test("a state with holes and alarms, and a plan with mistakes, too")
    func troubles() async throws {
        let desk = try await Desk()
        var gateway = TestGateway("gw-1")
        for minute in 10..<30 { gateway.traffic("2026-10-01T00:\(minute):00Z") { $0.up = 5 } }
        var lines = gateway.lines
        lines[3] = lines[3].replacing("\"d_up\":5", with: "\"d_up\":6")
        lines.remove(at: 10)
        try await desk.run("ingest", desk.write(lines, to: "r.jsonl"), code: 4)
        try await check("desk-status", desk.run("status", "--json", code: 4), desk)
        let plan = try desk.folder.write("plan: p\ncharges: [{id: a, kind: usage}]\n", to: "p.yaml")
        try await check("plan-check", desk.run("check", "--json", plan, code: 1), desk)
    }

    @Test("the settings that init writes are as their schema has them")
    func settings() async throws {
        let folder = try TemporaryFolder()
        let path = folder.path("desk")
        let made = try await Peer.run(
            Place.product("fieldbill"), ["init", "--desk", path, "--seller", "S \"1\""], in: folder)
        #expect(made.code == 0)
        let script = """
            import json, sys, yaml
            open(sys.argv[2], "w").write(json.dumps(yaml.safe_load(open(sys.argv[1]))))
            """
        let json = folder.path("desk.json")
        #expect(try await Peer.run("python3", ["-c", script, path + "/fieldbill.yaml", json], in: folder).code == 0)
        let (code, said) = try await Peer.run(
            "python3", [Place.package + "/Scripts/check-schemas", "desk", json], in: folder)
        #expect(code == 0, "\(said)")
    }
}
