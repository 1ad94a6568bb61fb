import BillTesting
import Foundation
import JSONText
import PeerTesting
import Testing
import UsageWire

@Suite("The desk's commands")
struct CommandTests {
    @Test("an empty desk says what to do next")
    func empty() async throws {
        let desk = try await Desk()
        #expect(try await desk.run("status").contains("no records yet: 'fieldbill ingest FILE'"))
        #expect(try await desk.run("rate", "m1", code: 3).contains("m1 has no plan: assign one with 'fieldbill assign"))
        #expect(try await desk.run("invoice", "--list").contains("number"))
        #expect(try await desk.run("credit").contains("nothing changes"))
        #expect(try await desk.run("credit", "m1", code: 3).contains("nothing was invoiced for m1 yet"))
        #expect(try await desk.run("export", "records", code: 3).contains("there are no such records"))
        #expect(
            try await desk.run("assign", "m1", "--from", "2026-01-01", "--plan", "x", code: 3)
                .contains("there is no plan 'x': add it with 'fieldbill plan add FILE'"))
        let mode = try FileManager.default.attributesOfItem(atPath: desk.folder.path("receiver.key"))[.posixPermissions]
        #expect(mode as? Int == 0o600)
        let key = try String(contentsOfFile: desk.folder.path("receiver.key"), encoding: .utf8)
        try await desk.run("init")
        #expect(try String(contentsOfFile: desk.folder.path("receiver.key"), encoding: .utf8) == key)
    }

    @Test("wrong files and settings are named with their place and the remedy")
    func wrongFiles() async throws {
        let folder = try TemporaryFolder()
        let nowhere = try await Peer.run(Place.product("fieldbill"), ["status", "--desk", folder.path], in: folder)
        #expect(nowhere.code == 1 && nowhere.text.contains("make one with 'fieldbill init'"))
        let desk = try await Desk()
        #expect(
            try await desk.run("ingest", "/nowhere.jsonl", code: 1).contains(
                "/nowhere.jsonl cannot be read: No such file"))
        #expect(
            try await desk.run("ingest", Place.product("fieldbill"), code: 1).contains(
                "this is no file of usage records"))
        try desk.folder.write("schema: fg.desk/1\nstore: 5\nselller: {}\nlanguage: fr\n", to: "fieldbill.yaml")
        let text = try await desk.run("status", code: 1)
        for word in [
            "fieldbill.yaml:1:1: 'seller' is missing", "fieldbill.yaml:3:1: selller", "fieldbill.yaml:4:11: language",
        ] {
            #expect(text.contains(word), "'\(word)' is not in\n\(text)")
        }
        try desk.folder.write(
            "schema: fg.desk/1\nstore: host=/nowhere dbname=x\nseller: {name: S}\n", to: "fieldbill.yaml")
        #expect(try await desk.run("status", code: 2).contains("PostgreSQL cannot be reached"))
    }

    @Test("a plan's mistakes are explained by line, all at once; a good plan may still be odd")
    func check() async throws {
        let desk = try await Desk()
        let bad = try desk.folder.write(
            """
            plan: p
            meters: [{id: data, source: ip_bytes, unit: GB, aggregate: sum}]
            charges:
              - {id: a, kind: usage, meter: data, model: per_unit, price: 1.5}
              - {id: a, kind: usage, meter: nothing, model: package, size: "0", price: "1"}

            """, to: "bad.yaml")
        let text = try await desk.run("check", bad, code: 1)
        for line in [4, 5] { #expect(text.contains("bad.yaml:\(line):"), "line \(line) is not in\n\(text)") }
        let json = try JSONReader.read(try await desk.run("check", "--json", bad, code: 1).split(separator: "\n")[0])
        #expect(json.items("problems").count >= 3)
        #expect(try await desk.run("plan", "add", bad, code: 1).contains("bad.yaml:4:"))
        let good = try desk.folder.write(perGigabyte, to: "good.yaml")
        #expect(try await desk.run("check", good).contains("good. Plan data, version 1, SHA-256"))
        try await desk.run("plan", "add", good)
        #expect(try await desk.run("plan", "add", good).contains("was here"))
        let changed = try desk.folder.write(perGigabyte.replacing("\"1\"", with: "\"2\""), to: "good.yaml")
        #expect(try await desk.run("plan", "add", changed, code: 5).contains("give the changed plan a new `version:`"))
        #expect(try await desk.run("plan", "show", "data@1") == perGigabyte)
    }

    @Test("a file is taken once however often it is given; a hole, a torn tail and a changed record are named")
    func ingest() async throws {
        let desk = try await Desk()
        var gateway = TestGateway("gw-1")
        for minute in 10..<40 { gateway.traffic("2026-10-01T00:\(minute):00Z") { $0.up = 5 } }
        let lines = gateway.lines
        let hole = try await desk.run("ingest", desk.write(Array(lines[..<5] + lines[8...]), to: "a.jsonl"), code: 4)
        #expect(hole.contains("a.jsonl: 5 new, 0 known, \(lines.count - 8) waiting, 0 refused"))
        #expect(hole.contains("gateway gw-1, epoch 1: records 6 to 8 are missing"))
        let torn = try desk.folder.write(
            lines[..<7].joined(separator: "\n") + "\n" + lines[7].prefix(100), to: "b.jsonl")
        let tail = try await desk.run("ingest", torn, code: 4)
        #expect(tail.contains("2 new, 5 known") && tail.contains("the last 100 bytes are the beginning of a record"))
        let whole = try desk.folder.write(lines.joined(separator: "\n"), to: "c.jsonl")
        #expect(try await desk.run("ingest", whole).contains("\(lines.count - 7) new, "))
        #expect(
            try await desk.run("ingest", whole, whole).contains("0 new, \(lines.count) known, 0 waiting, 0 refused"))
        let hash = try UsageRecord(Array(lines[lines.count - 1].utf8)).hash
        let trailer = "{\"trailer\":{\"h\":\"\(hash)\",\"records\":\(lines.count),\"sum_dn\":\"0\",\"sum_up\":\"0\"}}"
        let export = try await desk.run("ingest", desk.write(lines + [trailer], to: "x.jsonl"))
        #expect(export.contains("0 new, \(lines.count) known"))
        let short = try await desk.run("ingest", desk.write(lines.dropLast() + [trailer], to: "y.jsonl"), code: 4)
        #expect(short.contains("its last line tells of \(lines.count) records, \(lines.count - 1) are here"))
        var forged = lines
        forged[10] = forged[10].replacing("\"d_up\":5", with: "\"d_up\":6")
        let text = try await desk.run("ingest", desk.write(forged, to: "d.jsonl"), code: 4)
        #expect(
            text.contains("tampered: gateway gw-1, epoch 1, record 11: its content does not give the hash it carries"))
        let status = try await desk.run("status", code: 4)
        #expect(
            status.contains("1  ") && status.contains("tampered") && status.contains("no machine has these gateways"))
        #expect(try await desk.run("status", "--close", "1").contains("gw-1"))
        #expect(try await desk.run("status", "--close", "1", code: 3).contains("there is no open alarm 1"))
    }

    @Test("records through standard input and in the transport's envelope are the same records")
    func envelope() async throws {
        let desk = try await Desk()
        var gateway = TestGateway("gw-1")
        gateway.traffic("2026-10-01T00:10:00Z") { $0.up = 5 }
        let wrapped = gateway.records.map {
            String(decoding: UsageEnvelope.bytes($0.bytes, replayed: true), as: UTF8.self)
        }
        #expect(try await desk.run("ingest", desk.write(wrapped, to: "w.jsonl")).contains("2 new"))
        #expect(try await desk.run("ingest", desk.write(gateway.lines, to: "n.jsonl")).contains("2 known"))
    }

    @Test("assignments hold from their day; a replacement for a while gives way again; contradictions are refused")
    func assignments() async throws {
        let desk = try await Desk()
        try await desk.add(plan: perGigabyte)
        try await desk.add(plan: perGigabyte.replacing("plan: data", with: "plan: data\nversion: 2"))
        try await desk.run("assign", "m1", "--from", "2026-01-01", "--plan", "data@1", "--gateway", "gw-1")
        try await desk.run("assign", "m1", "--from", "2026-03-01", "--to", "2026-04-01", "--plan", "data")
        let rows = try await desk.run("assignments", "m1", "--json").split(separator: "\n").map {
            try JSONReader.read($0)
        }
        let plans = rows.filter { $0.text("what") == "plan" }.map {
            "\($0.text("value")) \($0.text("from")) \($0.text("to"))"
        }
        #expect(plans == ["data@1 2026-01-01 2026-03-01", "data@2 2026-03-01 2026-04-01", "data@1 2026-04-01 "])
        let contested = try await desk.run("assign", "m2", "--from", "2026-02-01", "--gateway", "gw-1", code: 5)
        #expect(
            contested.contains("m1 and m2 both have gateway gw-1 on 2026-02-01") || contested.contains("m2 and m1 both")
        )
        try await desk.run("assign", "m1", "--from", "2026-05-01", "--end", "gateway")
        try await desk.run("assign", "m2", "--from", "2026-05-01", "--gateway", "gw-1/wan")
        #expect(
            try await desk.run("assign", "m1", "--from", "2026-5-1", "--plan", "data", code: 64).contains("is no date"))
        #expect(
            try await desk.run("assign", "m1", "--from", "2026-05-01", "--customer", "c9", code: 3).contains(
                "customer add c9"))
    }

    @Test("a machine that changes hands takes its gateway's records along from that day")
    func handOver() async throws {
        let desk = try await Desk()
        try await desk.add(plan: perGigabyte)
        var gateway = TestGateway("gw-1")
        gateway.traffic("2026-10-14T15:59:00Z") { $0.up = 3_000_000_000 }
        gateway.traffic("2026-10-14T16:00:00Z") {
            $0.connection = 2; $0.up = 4_000_000_000
        }
        try await desk.run("ingest", desk.write(gateway.lines, to: "r.jsonl"))
        for (machine, from) in [("m1", "2026-01-01"), ("m2", "2026-10-15")] {
            try await desk.run("assign", machine, "--from", "2026-01-01", "--plan", "data")
            if machine == "m2" { try await desk.run("assign", "m1", "--from", from, "--end", "gateway") }
            try await desk.run("assign", machine, "--from", from, "--gateway", "gw-1")
        }
        #expect(try await desk.json("rate", "m1", "--period", "2026-10").integer("gross") == 300)
        #expect(try await desk.json("rate", "m2", "--period", "2026-10").integer("gross") == 400)
    }

    @Test("two cards in two machines of one gateway's paths do not mix")
    func paths() async throws {
        let desk = try await Desk()
        try await desk.add(plan: perGigabyte)
        var gateway = TestGateway("gw-1")
        gateway.traffic("2026-10-05T00:00:00Z") {
            $0.path = "a"; $0.up = 3_000_000_000
        }
        gateway.traffic("2026-10-05T01:00:00Z") {
            $0.connection = 2; $0.path = "b"; $0.up = 4_000_000_000
        }
        try await desk.run("ingest", desk.write(gateway.lines, to: "r.jsonl"))
        try await desk.run("assign", "m1", "--from", "2026-01-01", "--plan", "data", "--gateway", "gw-1/a")
        try await desk.run("assign", "m2", "--from", "2026-01-01", "--plan", "data", "--gateway", "gw-1/b")
        #expect(try await desk.json("rate", "m1", "--period", "2026-10").integer("gross") == 300)
        #expect(try await desk.json("rate", "m2", "--period", "2026-10").integer("gross") == 400)
    }

    @Test("a period that is not over is not invoiced unless it is said")
    func early() async throws {
        let desk = try await Desk()
        try await desk.add(plan: perGigabyte)
        try await desk.run("assign", "m1", "--from", "2026-01-01", "--plan", "data", "--gateway", "gw-1")
        let month = String(ISO8601DateFormatter().string(from: Date()).prefix(7))
        #expect(try await desk.run("invoice", "m1", "--period", month, code: 5).contains("closes at"))
        #expect(try await desk.run("invoice", "m1", "--period", month, "--early").contains("INV-000001"))
        #expect(try await desk.run("invoice", "m1", "--period", "October", code: 64).contains("is neither a month"))
        #expect(try await desk.run("invoice", "m1", "--format", "pdf", code: 64).contains("--out invoice.pdf"))
    }
}
