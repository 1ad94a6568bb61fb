import BillTesting
import FieldModel
import PeerTesting
import Signing
import Testing

@Suite("Wrong input")
struct WrongInputTests {
    private func desk() async throws -> Desk {
        let desk = try await Desk()
        try await desk.add(plan: perGigabyte)
        try await desk.add(plan: perGigabyte.replacing("plan: data", with: "plan: usd\ncurrency: USD"))
        try await desk.add(plan: Plans.shareOfOutput.replacing(", min: \"500\", max: \"800\"", with: ""))
        try await desk.run("assign", "m1", "--from", "2026-01-01", "--plan", "data", "--gateway", "gw-1")
        return desk
    }

    @Test("names that are empty, ends of nothing, and a card in two lines are refused with what to do")
    func assignments() async throws {
        let desk = try await desk()
        #expect(try await desk.run("customer", "add", "", "--name", "x", code: 64).contains("needs a short name"))
        #expect(try await desk.run("customer", "add", "c", "--name", "", code: 64).contains("a --name for invoices"))
        for option in ["--gateway", "--sim", "--fleet", "--event", "--line"] {
            let text = try await desk.run("assign", "m1", "--from", "2026-01-01", option, "", code: 64)
            #expect(text.contains("\(option) is empty"), "\(text)")
        }
        let rate = try await desk.run("assign", "m1", "--from", "2026-01-01", "--reserved", "-5", code: 64)
        #expect(rate.contains("--reserved '-5' is no number of Mbit/s"))
        let end = try await desk.run("assign", "m1", "--from", "2026-01-01", "--end", "sim", "--line", "l9", code: 3)
        #expect(end.contains("m1 has no sim 'l9' that could end on 2026-01-01: see 'fieldbill assignments m1'"))
        #expect(try await desk.run("assignments", "m9", code: 3).contains("nothing is assigned to m9"))
        let card = "89860012345678901234"
        try await desk.run("assign", "m1", "--from", "2026-01-01", "--line", "l1", "--sim", card)
        let twice = try await desk.run("assign", "m1", "--from", "2026-02-01", "--line", "l2", "--sim", card, code: 5)
        #expect(twice.contains("the card 8986••••••••••••1234 is in the lines l1 and l2 of m1 on 2026-02-01"))
        #expect(!twice.contains(card))
        // Moved on a day, it is in one line at a time.
        try await desk.run("assign", "m1", "--from", "2026-02-01", "--end", "sim", "--line", "l1")
        try await desk.run("assign", "m1", "--from", "2026-02-01", "--line", "l2", "--sim", card)
    }

    @Test("a document that is not there, or that cannot be printed, costs no number")
    func documents() async throws {
        let desk = try await desk()
        let missing = try await desk.run("invoice", "INV-000099", code: 3)
        #expect(missing.contains("there is no document INV-000099: see 'fieldbill invoice --list'"))
        let nowhere = try await desk.run("invoice", "m1", "--period", "2026-10", "--out", "/nowhere/x.txt", code: 7)
        #expect(nowhere.contains("/nowhere/x.txt cannot be written: No such file or directory; name a file"))
        #expect(try await desk.run("invoice", "--list").split(separator: "\n").count == 1)
        let folder = try await desk.run(
            "invoice", "m1", "--period", "2026-10", "--out", desk.folder.path(""), code: 7)
        #expect(
            folder.contains("INV-000001 is issued, but not printed")
                && folder.contains("'fieldbill invoice INV-000001'"))
        #expect(try await desk.run("export", "invoices", "m9", code: 3).contains("nothing was invoiced for m9"))
    }

    @Test("what cannot be rated is named with its machine, its period and the remedy")
    func rating() async throws {
        let desk = try await desk()
        try await desk.run("assign", "m2", "--from", "2026-01-01", "--plan", "data")
        try await desk.run("assign", "m2", "--from", "2026-10-15", "--plan", "usd")
        let currency = try await desk.run("rate", "m2", "--period", "2026-10", code: 5)
        #expect(currency.contains("m2, 2026-10-01/2026-11-01: the currency changes from CNY to USD on 2026-10-15"))
        #expect(currency.contains("assign the other plan from its first day"))
        let compared = try await desk.run("compare", "m1", "--plan", "usd", "--period", "2026-10")
        #expect(compared.split(separator: "\n").last?.hasSuffix("–") == true)
        let time = "2026-10-03T10:00:00+08:00"
        let stray = try await desk.run(
            "external", "add", "m1", "tons", "--quantity", "1", "--at", time, "--source", "s", "--reference", "r")
        #expect(stray.contains("warning: no plan of m1 measures 'tons': it is charged to nobody"))
        let nobody = try await desk.run(
            "external", "add", "m9", "tons", "--quantity", "1", "--at", time, "--source", "s", "--reference", "r")
        #expect(nobody.contains("warning: m9 has no plan that would charge it: assign one with"))
        try await desk.run("assign", "m3", "--from", "2026-01-01", "--plan", "c7")
        try await desk.run(
            "external", "add", "m3", "tonnes", "--quantity", "-5", "--at", time, "--source", "s", "--reference", "r")
        let negative = try await desk.run("rate", "m3", "--period", "2026-10", code: 5)
        #expect(negative.contains("m3, 2026-10-01/2026-11-01: the meter t comes to -5 t for m3, below zero"))
        #expect(negative.contains("look through its adjust records and its quantities below zero"))
    }

    @Test("two gateways of one name are told of, and so is a clock that jumps")
    func gateways() async throws {
        let desk = try await desk()
        var (first, second) = (TestGateway("gw-1"), TestGateway("gw-1"))
        first.traffic("2026-10-03T00:00:00Z") { $0.up = 5 }
        second.traffic("2026-10-04T00:00:00Z") { $0.up = 7 }
        var times = first.times("2026-10-03T00:05:00Z")
        times.open.microseconds -= 400 * 86_400_000_000
        times.close.microseconds -= 400 * 86_400_000_000
        first.traffic(TestGateway.Traffic(up: 2), at: times)
        let jump = try await desk.run("ingest", desk.write(first.lines, to: "a.jsonl"))
        #expect(jump.contains("clock: gateway gw-1, epoch 1, record 3") && jump.contains("by the boot clock it was"))
        let other = try await desk.run("ingest", desk.write(second.lines, to: "b.jsonl"), code: 4)
        #expect(other.contains("two gateways have this name"))
        let key = try await desk.run(
            "gateway", "revoke", "gw-1", "--key", first.key.text, "--epoch", "1", "--seq", "5", code: 3)
        #expect(key.contains("gateway gw-1 has no such key here: none is trusted; check the gateway's name"))
    }
}
