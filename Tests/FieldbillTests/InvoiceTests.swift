import BillTesting
import Foundation
import JSONText
import PeerTesting
import Testing
import UsageWire

@Suite("Invoices")
struct InvoiceTests {
    /// 120,005,000,000 B in October 2026, by two connections.
    private func october(_ name: String = "gw-1") -> TestGateway {
        var gateway = TestGateway(name)
        gateway.traffic("2026-09-30T15:59:59Z") { $0.up = 999 }
        gateway.traffic("2026-09-30T16:00:00Z") {
            $0.up = 100_000_000_000; $0.iccid = "89860012345678901234"
        }
        gateway.traffic("2026-10-15T00:00:00Z") {
            $0.connection = 2; $0.down = 20_005_000_000
        }
        gateway.traffic("2026-10-31T16:00:00Z") { $0.up = 777 }
        return gateway
    }

    private func desk(_ kind: String = "bill.db") async throws -> Desk {
        let desk = try await Desk(store: kind)
        try await desk.add(plan: perGigabyte)
        try await desk.run("customer", "add", "c1", "--name", "Loader <Rent> Ltd", "--tax-id", "C-77")
        try await desk.run(
            "assign", "m1", "--from", "2026-01-01", "--gateway", "gw-1", "--plan", "data@1", "--customer", "c1",
            "--line",
            "l1", "--sim", "89860012345678901234")
        return desk
    }

    @Test("a month comes to the fen, and the invoice says what it rests on", arguments: ["sqlite", "postgres"])
    func month(_ kind: String) async throws {
        let store = kind == "sqlite" ? "bill.db" : try await PostgresServer.shared.value.freshDatabase()
        let desk = try await desk(store)
        let gateway = october()
        try await desk.run("ingest", desk.write(gateway.lines, to: "r.jsonl"))
        let draft = try await desk.run("rate", "m1", "--period", "2026-10")
        #expect(draft.contains("Draft") && draft.contains("120.01"))
        let text = try await desk.run("invoice", "m1", "--period", "2026-10")
        let head = try #require(gateway.records.last)
        for word in [
            "INV-000001", "CNY 120.01", "2026-10-01 to 2026-10-31 (Asia/Shanghai)", "Loader <Rent> Ltd", "C-77",
            "Seller & Sons", "ICCID 8986••••••••••••1234", "gw-1", "\(head.sequence) \(head.hash.prefix(16))",
            "3–4 (2)",
            "120.005 GB",
        ] { #expect(text.contains(word), "'\(word)' is not in\n\(text)") }
        #expect(!text.contains("89860012345678901234"))
        let hash = try #require(
            text.split(separator: "\n").first { $0.contains("SHA-256") }?.split(separator: " ").last)
        #expect(try await desk.run("plan", "list").contains(hash))
        #expect(try await desk.run("invoice", "INV-000001") == text)
        let again = try await desk.run("invoice", "m1", "--period", "2026-10", code: 5)
        #expect(again.contains("m1 was invoiced for this period with INV-000001"))
        #expect(try await desk.run("credit", "m1").contains("nothing changes"))
        #expect(try await desk.run("invoice", "--list").split(separator: "\n").count == 2)
    }

    @Test("an invoice is printed in Chinese and to PDF, with its amounts and its words")
    func pdf() async throws {
        let desk = try await desk()
        try await desk.run("ingest", desk.write(october().lines, to: "r.jsonl"))
        let out = desk.folder.path("invoice.pdf")
        try await desk.run("invoice", "m1", "--period", "2026-10", "--format", "pdf", "--language", "zh", "--out", out)
        let (code, text) = try await Peer.run("pdftotext", ["-layout", out, "-"], in: desk.folder)
        #expect(code == 0)
        for word in ["账单", "INV-000001", "CNY 120.01", "计费周期", "用量费用", "资费方案", "Loader <Rent> Ltd", "120.005 GB"] {
            #expect(text.contains(word), "'\(word)' is not in\n\(text)")
        }
        let html = try await desk.run("invoice", "INV-000001", "--format", "html")
        #expect(html.contains("Loader &lt;Rent&gt; Ltd") && !html.contains("<Rent>") && html.contains("lang=\"en\""))
        let english = desk.folder.path("english.pdf")
        try await desk.run("invoice", "INV-000001", "--format", "pdf", "--out", english)
        #expect(try await Peer.run("pdftotext", ["-layout", english, "-"], in: desk.folder).text.contains("Invoice"))
    }

    @Test("a late record becomes a credit or debit note that cites its invoice; calculated again, nothing changes")
    func late() async throws {
        let desk = try await desk()
        var gateway = october()
        try await desk.run("ingest", desk.write(gateway.lines, to: "r.jsonl"))
        try await desk.run("invoice", "m1", "--period", "2026-10")
        let invoice = try await desk.run("invoice", "INV-000001")
        let target = gateway.records[2]
        gateway.adjust(target, at: "2026-11-10T00:00:00Z", up: -20_000_000_000, id: "a1")
        gateway.adjust(target, at: "2026-11-10T00:00:05Z", up: -20_000_000_000, id: "a1")
        try await desk.run("ingest", desk.write(gateway.lines, to: "r2.jsonl"))
        let dry = try await desk.run("credit", "m1", "--dry-run")
        #expect(dry.contains("-20.00") && dry.contains("Draft"))
        let note = try await desk.json("credit", "m1")
        #expect(note.text("number") == "CN-000001" && note.text("original") == "INV-000001")
        #expect(note.integer("gross") == -2000)
        #expect(try await desk.run("invoice", "CN-000001").contains("was 120.01, is 100.01"))
        #expect(try await desk.run("credit", "m1").contains("nothing changes"))
        gateway.traffic("2026-10-20T00:00:00Z") {
            $0.connection = 3; $0.up = 5_000_000_000
        }
        try await desk.run("ingest", desk.write(gateway.lines, to: "r3.jsonl"))
        let second = try await desk.json("credit")
        #expect(second.text("number") == "DN-000001" && second.text("kind") == "debit")
        #expect(second.text("original") == "INV-000001" && second.integer("gross") == 500)
        #expect(try await desk.run("invoice", "DN-000001").hasPrefix("Debit note\n"))
        #expect(try await desk.run("invoice", "DN-000001", "--language", "zh").hasPrefix("借项通知单（补开）\n"))
        #expect(try await desk.run("invoice", "DN-000001", "--format", "html").contains("<h1>Debit note</h1>"))
        #expect(try await desk.run("credit").contains("nothing changes"))
        #expect(try await desk.run("invoice", "INV-000001") == invoice)
        let csv = try await desk.run("export", "invoices")
        #expect(csv.contains("DN-000001,debit,INV-000001,m1,,2026-10-01,2026-10-31,,,,total,,,CNY,5.00"))
    }

    @Test("three messages counted twice come off a shared pool: a note of -0.30 that cites its invoice")
    func pool() async throws {
        let desk = try await Desk()
        try await desk.add(plan: Plans.sharedPool)
        let messages: [UInt64] = [310, 295, 402, 288, 350, 333, 299, 311, 305, 324]
        var gateways: [TestGateway] = []
        for (index, count) in messages.enumerated() {
            var gateway = TestGateway("gw-\(index + 1)")
            gateway.traffic("2026-10-05T00:00:00Z") { $0.messages = count }
            gateways.append(gateway)
            try await desk.run(
                "assign", "m\(index + 1)", "--from", "2026-01-01", "--gateway", "gw-\(index + 1)", "--line",
                "l\(index + 1)", "--fleet", "yard")
        }
        try await desk.run("assign", "yard", "--from", "2026-01-01", "--plan", "c3")
        try await desk.run("ingest", desk.write(gateways.flatMap(\.lines), to: "r.jsonl"))
        let refused = try await desk.run("rate", "m1", "--period", "2026-10", code: 3)
        #expect(refused.contains("it is invoiced with its fleet yard"))
        let invoice = try await desk.json("invoice", "yard", "--period", "2026-10")
        #expect(invoice.integer("gross") == 12_170)
        let pool = try #require(invoice.items("sections").first?.items("pools").first)
        #expect(
            pool.items("shares").map { $0.integer("amount") } == [
                1173, 1116, 1521, 1089, 1324, 1260, 1131, 1176, 1154, 1226,
            ])
        let invoiced = try await desk.run("invoice", "INV-000001")
        let target = try #require(gateways[2].records.last)
        gateways[2].adjust(target, at: "2026-11-12T00:00:00Z", messages: -3, id: "doubles")
        gateways[2].adjust(target, at: "2026-11-12T00:00:05Z", messages: -3, id: "doubles")
        try await desk.run("ingest", desk.write(gateways[2].lines, to: "late.jsonl"))
        let note = try await desk.json("credit", "yard")
        #expect(note.text("number") == "CN-000001" && note.text("original") == "INV-000001")
        #expect(note.text("kind") == "credit" && note.integer("gross") == -30)
        let line = try #require(note.items("sections").first?.items("lines").first)
        #expect((line.integer("before"), line.integer("after"), line.text("quantity")) == (12_170, 12_140, "3214"))
        let text = try await desk.run("invoice", "CN-000001")
        #expect(text.hasPrefix("Credit note\n") && text.contains("-0.30") && text.contains("INV-000001"))
        #expect(try await desk.run("credit", "yard").contains("nothing changes"))
        #expect(try await desk.run("invoice", "INV-000001") == invoiced)
    }

    @Test("a fleet's invoice has a section for each machine with a plan of its own, and one for the rest")
    func fleet() async throws {
        let desk = try await Desk()
        try await desk.add(plan: perGigabyte + "tax: [{rate: \"0.06\", inclusive: false}]\n")
        try await desk.add(
            plan: perGigabyte.replacing("plan: data", with: "plan: cheap").replacing("\"1\"", with: "\"0.5\""))
        for (machine, gigabytes) in [("m1", Int64(10)), ("m2", 20), ("m3", 30)] {
            var gateway = TestGateway("gw-\(machine)")
            gateway.traffic("2026-10-05T00:00:00Z") { $0.up = gigabytes * 1_000_000_000 }
            try await desk.run("ingest", desk.write(gateway.lines, to: "\(machine).jsonl"))
            try await desk.run(
                "assign", machine, "--from", "2026-01-01", "--gateway", "gw-\(machine)", "--fleet", "yard")
        }
        try await desk.run("assign", "m1", "--from", "2026-01-01", "--plan", "data")
        try await desk.run("assign", "yard", "--from", "2026-01-01", "--plan", "cheap")
        let invoice = try await desk.json("invoice", "yard", "--period", "2026-10")
        #expect(invoice.items("sections").map { $0.text("subject") } == ["yard", "m1"])
        #expect(invoice.items("sections").map { $0.integer("net") } == [2500, 1000])
        #expect((invoice.integer("net"), invoice.integer("gross")) == (3500, 3560))
        #expect(invoice.items("taxes").map { [$0.integer("base"), $0.integer("amount")] } == [[1000, 60]])
        let again = try await desk.run("invoice", "m1", "--period", "2026-10", code: 5)
        #expect(again.contains("was invoiced for this period with INV-000001"))
    }

    @Test("a fleet's tax is taken once for each rate, on the rounded net of the whole; what is shown adds up")
    func fleetTax() async throws {
        let desk = try await Desk()
        // 0.08 a machine: 6 % of each alone would be nothing.
        try await desk.add(
            plan: perGigabyte.replacing("\"1\"", with: "\"0.08\"") + "tax: [{rate: \"0.06\", inclusive: false}]\n")
        try await desk.add(
            plan: perGigabyte.replacing("plan: data", with: "plan: both").replacing("\"1\"", with: "\"0.08\"")
                + "tax: [{rate: \"0.06\", inclusive: false}, {rate: \"0.01\", inclusive: false}]\n")
        var gateways: [TestGateway] = []
        for (index, plan) in ["data", "data", "both"].enumerated() {
            var gateway = TestGateway("gw-\(index)")
            gateway.traffic("2026-10-05T00:00:00Z") { $0.up = 1_000_000_000 }
            gateways.append(gateway)
            try await desk.run(
                "assign", "m\(index)", "--from", "2026-01-01", "--gateway", "gw-\(index)", "--fleet", "yard", "--plan",
                plan)
        }
        try await desk.run("ingest", desk.write(gateways.flatMap(\.lines), to: "r.jsonl"))
        let invoice = try await desk.json("invoice", "yard", "--period", "2026-10")
        #expect(taxes(invoice) == [["6", "24", "1"], ["1", "8", "0"]])
        #expect((invoice.integer("net"), invoice.integer("gross")) == (24, 25))
        gateways[1].traffic("2026-10-06T00:00:00Z") {
            $0.connection = 2; $0.up = 2_000_000_000
        }
        try await desk.run("ingest", desk.write(gateways[1].lines, to: "late.jsonl"))
        let note = try await desk.json("credit", "yard")
        // 6 % of 0.40 is 0.02, of which 0.01 was invoiced.
        #expect(taxes(note) == [["6", "16", "1"]])
        #expect((note.integer("net"), note.integer("gross")) == (16, 17))
        #expect(try await desk.run("credit", "yard").contains("nothing changes"))
    }

    @Test("prices with the tax in them: sections, net and tax of a fleet add up to its total")
    func inclusive() async throws {
        let desk = try await Desk()
        try await desk.add(
            plan: perGigabyte.replacing("\"1\"", with: "\"0.09\"") + "tax: [{rate: \"0.06\", inclusive: true}]\n")
        for machine in ["m1", "m2", "m3"] {
            var gateway = TestGateway("gw-\(machine)")
            gateway.traffic("2026-10-05T00:00:00Z") { $0.up = 1_000_000_000 }
            try await desk.run("ingest", desk.write(gateway.lines, to: "\(machine).jsonl"))
            try await desk.run(
                "assign", machine, "--from", "2026-01-01", "--gateway", "gw-\(machine)", "--fleet", "yard", "--plan",
                "data")
        }
        let invoice = try await desk.json("invoice", "yard", "--period", "2026-10")
        // 0.27 ÷ 1.06 is 0.2547: three nets of 0.08 would be 0.24.
        #expect((invoice.integer("net"), invoice.integer("gross")) == (25, 27))
        #expect(taxes(invoice) == [["6", "25", "2"]])
        let text = try await desk.run("invoice", "INV-000001")
        #expect(text.split(separator: "\n").filter { $0.contains("Subtotal") && $0.hasSuffix("0.09") }.count == 3)
    }

    private func taxes(_ document: JSONValue) -> [[String]] {
        document.items("taxes").map {
            [$0.text("rate"), "\($0.integer("base"))", "\($0.integer("amount"))"]
        }
    }

    @Test("a contract is paid with instalments, a share of output by what was weighed")
    func contract() async throws {
        let desk = try await Desk()
        try await desk.add(plan: Plans.contract)
        try await desk.add(plan: Plans.shareOfOutput)
        try await desk.run("assign", "m1", "--from", "2026-08-01", "--plan", "c1b", "--gateway", "gw-1")
        try await desk.run("assign", "m2", "--from", "2026-08-01", "--plan", "c7")
        #expect(try await desk.json("invoice", "m1", "--period", "2026-08").integer("gross") == 432_000)
        let second = try await desk.json("invoice", "m1", "--period", "2026-09")
        #expect(second.integer("gross") == 30_120)
        #expect(try await desk.run("invoice", second.text("number")).contains("instalment 1 of 36"))
        #expect(try await desk.run("invoice", second.text("number"), "--language", "zh").contains("第 1 期，共 36 期"))
        let forecast = try await desk.run("forecast", "m1", "--at", "2026-10-10T00:00:00Z", "--json")
        #expect(try JSONReader.read(forecast.split(separator: "\n")[0]).integer("contract") == 1_516_330)
        try desk.folder.write(
            """
            subject,name,at,quantity,source,reference
            m2,tonnes,2026-10-03T10:00:00+08:00,9000.5,scale,w1
            m2,tonnes,2026-10-30T10:00:00+08:00,6999.5,scale,w2
            m2,tonnes,2026-11-01T00:00:00+08:00,50,scale,w3

            """, to: "t.csv")
        #expect(try await desk.run("external", "import", desk.folder.path("t.csv")).contains("3 new, 0 known"))
        #expect(try await desk.run("external", "import", desk.folder.path("t.csv")).contains("0 new, 3 known"))
        #expect(try await desk.json("invoice", "m2", "--period", "2026-10").integer("gross") == 76_800)
        try await desk.run(
            "external", "add", "m2", "tonnes", "--quantity", "-1000", "--at", "2026-10-30T12:00:00+08:00", "--source",
            "scale", "--reference", "w2-corrected")
        #expect(try await desk.json("credit", "m2").integer("gross") == -4800)
    }

    @Test("what a month would have cost under other plans, from the same records")
    func compare() async throws {
        let desk = try await desk()
        try await desk.run("ingest", desk.write(october().lines, to: "r.jsonl"))
        let other = try desk.folder.write(perGigabyte.replacing("\"1\"", with: "\"0.8\""), to: "b.yaml")
        let text = try await desk.run("compare", "m1", "--plan", other, "--period", "2026-10")
        #expect(text.contains("120.01") && text.contains("96.00") && text.contains("-24.01"))
    }

    @Test("roll-over goes from one invoice into the next, and a correction of the first reaches the second")
    func rollOver() async throws {
        let desk = try await Desk()
        try await desk.add(plan: Plans.rollOver)
        try await desk.run("assign", "m1", "--from", "2026-08-01", "--plan", "c8", "--gateway", "gw-1")
        var gateway = TestGateway("gw-1")
        for (month, gigabytes) in [("08", Int64(1050)), ("09", 1330), ("10", 1190)] {
            gateway.traffic("2026-\(month)-15T00:00:00Z") { $0.up = gigabytes * 1_000_000_000 }
        }
        try await desk.run("ingest", desk.write(gateway.lines, to: "r.jsonl"))
        for (month, amount) in [("08", Int64(120_000)), ("09", 123_600), ("10", 120_000)] {
            #expect(try await desk.json("invoice", "m1", "--period", "2026-\(month)").integer("gross") == amount)
        }
        // 100 GB more in August use up what September had from it.
        gateway.traffic("2026-08-20T00:00:00Z") {
            $0.connection = 9; $0.up = 100_000_000_000
        }
        try await desk.run("ingest", desk.write(gateway.lines, to: "r2.jsonl"))
        try await desk.run("credit", "m1")
        let notes = try await desk.run("export", "invoices", "--format", "json")
            .split(separator: "\n").map { try JSONReader.read($0) }.filter { $0.text("original") != "" }
        #expect(notes.map { $0.text("original") } == ["INV-000002"])
        #expect(notes.map { $0.integer("gross") } == [6000])
    }
}
