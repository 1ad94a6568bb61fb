import BillTesting
import FieldGateTesting
import Foundation
import Glibc
import JSONText
import PeerTesting
import Testing

@Suite("Numbers of documents")
struct NumberingTests {
    @Test("a series has no hole though printing is killed: the document is there, and is printed again")
    func killed() async throws {
        let desk = try await Desk()
        try await desk.add(plan: perGigabyte)
        for machine in 1...4 {
            try await desk.run(
                "assign", "m\(machine)", "--from", "2026-01-01", "--plan", "data", "--gateway", "gw-\(machine)")
        }
        for machine in 1...3 {
            // Whoever opens a pipe that nobody reads from waits: here between the number and the paper.
            let out = desk.folder.path("m\(machine).txt")
            #expect(mkfifo(out + ".new", 0o600) == 0)
            let printing = try desk.start("invoice", "m\(machine)", "--period", "2026-10", "--out", out)
            try await until("invoice \(machine) is issued") {
                guard printing.isRunning else { return true }
                return try await desk.ask(["invoice", "INV-00000\(machine)"]).code == 0
            }
            #expect(printing.isRunning, "\(printing.text)")
            printing.kill()
            #expect(!FileManager.default.fileExists(atPath: out))
        }
        let again = try await desk.run("invoice", "m2", "--period", "2026-10", code: 5)
        #expect(again.contains("print that again with 'fieldbill invoice INV-000002'"))
        #expect(try await desk.json("invoice", "m4", "--period", "2026-10").text("number") == "INV-000004")
        for number in 1...4 {
            #expect(try await desk.json("invoice", "INV-00000\(number)").text("number") == "INV-00000\(number)")
        }
    }

    @Test("killed at any moment, a number is either taken with its document or not taken")
    func anyMoment() async throws {
        let desk = try await Desk()
        try await desk.add(plan: perGigabyte)
        var random = SeededRandom(seed: 3)
        for machine in 1...12 {
            try await desk.run(
                "assign", "m\(machine)", "--from", "2026-01-01", "--plan", "data", "--gateway", "gw-\(machine)")
            let issuing = try desk.start("invoice", "m\(machine)", "--period", "2026-10")
            // No moment is waited for: any is as good.
            usleep(UInt32.random(in: 0...60_000, using: &random))
            issuing.kill()
        }
        try await desk.run("assign", "last", "--from", "2026-01-01", "--plan", "data", "--gateway", "gw-last")
        try await desk.run("invoice", "last", "--period", "2026-10")
        let documents = try await desk.run("export", "invoices", "--format", "json").split(separator: "\n").map {
            try JSONReader.read($0).text("number")
        }
        let expected = (1...documents.count).map { "INV-" + String(repeating: "0", count: $0 < 10 ? 5 : 4) + "\($0)" }
        #expect(documents.sorted() == expected)
    }
}
