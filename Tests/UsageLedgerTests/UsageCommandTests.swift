import FieldGateTesting
import FieldModel
import Foundation
import PeerTesting
import Signing
import Testing
import UsageWire

@Suite("fieldgate usage")
struct UsageCommandTests {
    @Test("verify finds an untouched ledger right, signatures included, and names the first record that was changed")
    func verify() async throws {
        let site = try LedgerSite()
        try await site.fill(40)
        let well = try await site.usage("verify")
        #expect(
            well.code == 0 && well.text.contains("42 records, 1 to 42 of epoch 1, 1 signatures right"), "\(well.text)")
        let key = try await site.usage("key")
        let digits = String(key.text.prefix(64))
        #expect(try await site.usage("verify", "--key", digits).code == 0)
        let other = try await site.usage("verify", "--key", SigningKey().verifying.text)
        #expect(other.code == 6 && other.text.contains("which nobody vouches for"))
        // Ten bytes more than were used, in record 17, as the file's owner could.
        let change =
            "UPDATE usage SET body = CAST(replace(CAST(body AS TEXT), '\"d_up\":2000', '\"d_up\":1990') AS BLOB) WHERE seq = 17"
        let sqlite = try await Peer.run("sqlite3", [site.settings.directory + "/spool.db", change], in: site.folder)
        #expect(sqlite.code == 0, "\(sqlite.text)")
        let bad = try await site.usage("verify")
        #expect(bad.code == 6)
        #expect(bad.text.hasPrefix("record 17: changed: record 17 of epoch 1 was changed"), "\(bad.text)")
    }

    @Test("show adds up by what is asked for, and masks identities unless told otherwise")
    func show() async throws {
        let site = try LedgerSite()
        try await site.fill(40)
        let days = try await site.usage("show", "--by", "class,day")
        #expect(days.code == 0)
        #expect(days.text.contains("total") && days.text.contains("80000") && days.text.contains("40000"))
        let lines = days.text.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
        #expect(lines.contains(["telemetry", "2026-11-20", "9", "18000", "9000", "0"]), "\(days.text)")
        let some = try await site.usage(
            "show", "--class", "telemetry", "--since", "2026-11-21", "--by", "path", "--json")
        #expect(some.text.contains("{\"records\":11,\"path\":\"5g-a\",\"up\":22000,\"down\":11000"), "\(some.text)")
        let masked = try await site.usage("show", "--by", "subscription")
        #expect(masked.text.contains("****1234") && !masked.text.contains("8986"))
        #expect(try await site.usage("show", "--by", "subscription", "--full").text.contains("89860012345678901234"))
        #expect(try await site.usage("show", "--class", "fast").code == 64)
    }

    @Test("export writes files that verify, with totals in their trailers, rotated by day and by size")
    func export() async throws {
        let site = try LedgerSite()
        try await site.fill(60)
        let out = site.folder.path("out")
        let made = try await site.usage("export", "--to", out, "--full")
        #expect(made.code == 0)
        let files = made.text.split(separator: "\n").map(String.init)
        #expect(files.count >= 4 && files[0].hasPrefix("loader-0001_1_0000000001-"), "\(made.text)")
        var bytes: [UInt8] = []
        for file in files {
            let whole = try await site.usage("verify", "--file", out + "/" + file)
            #expect(whole.code == 0, "\(whole.text)")
            bytes += try site.text("out/" + file).split(separator: "\n").filter { !$0.hasPrefix("{\"trailer\"") }
                .flatMap { Array($0.utf8) + [10] }
        }
        let verdict = UsageChainVerifier.verify(text: bytes)
        #expect(verdict.findings.isEmpty && verdict.records == 62 && verdict.sumUp == 120_000, "\(verdict.findings)")
        // A file that somebody shortened says another count than it has.
        let text = try site.text("out/" + files[1])
        let short = text.split(separator: "\n").enumerated().filter { $0.offset != 3 }.map { String($0.element) }
        try site.folder.write(short.joined(separator: "\n") + "\n", to: "short.jsonl")
        let shortened = try await site.usage("verify", "--file", site.folder.path("short.jsonl"))
        #expect(shortened.code == 6 && shortened.text.contains("trailer"))

        let small = try await site.usage(
            "export", "--to", site.folder.path("small"), "--rotate", "never", "--max-bytes", "10000")
        let pieces = small.text.split(separator: "\n").map(String.init)
        #expect(pieces.count > 3)
        for piece in pieces { #expect(try site.text("small/" + piece).utf8.count <= 10_000) }
        #expect(try !site.text("small/" + pieces[0]).contains("89860012345678901234"), "masked unless --full")
    }

    @Test("export as CSV and as charging data has every record once, and its sums")
    func tables() async throws {
        let site = try LedgerSite()
        try await site.fill(40)
        for (format, count) in [("csv", 42), ("cdr", 40)] {
            let made = try await site.usage(
                "export", "--to", site.folder.path("out"), "--format", format, "--rotate", "never", "--full")
            let file = made.text.trimmingCharacters(in: .whitespacesAndNewlines)
            let lines = try site.text("out/" + file).split(separator: "\n").map(String.init)
            #expect(lines.count == count + 2, "a header and a trailer: \(made.text)")
            #expect(lines.last?.hasPrefix("TRAILER,\(count),80000,40000,1,") == true)
            let header = lines[0].components(separatedBy: ",")
            let up = try #require(header.firstIndex(of: format == "csv" ? "d_up" : "uplinkVolume"))
            let rows = lines[1..<(count + 1)].map { $0.components(separatedBy: ",") }
            #expect(rows.allSatisfy { $0.count == header.count })
            #expect(rows.reduce(0) { $0 + (Int($1[up]) ?? 0) } == 80_000)
        }
        let table = try site.text("out/loader-0001_1_0000000001-0000000042.csv")
        #expect(table.contains("'=SUM(A1)") && !table.contains(",=SUM"), "a spreadsheet must not run what a name says")
        let charging = try site.text("out/loader-0001_1_0000000002-0000000041.cdr.csv")
        #expect(charging.hasPrefix("recordType,recordingNetworkFunctionID,recordSequenceNumber,"))
        #expect(charging.contains(",timeLimit\n"))
    }

    @Test("export goes on behind what was taken, and takes only files that are whole")
    func taken() async throws {
        let site = try LedgerSite()
        try await site.fill(10)
        let out = site.folder.path("out")
        func export(_ more: String...) async throws -> (code: Int32, files: [String]) {
            let result = try await Peer.run(
                Place.product("fieldgate"),
                ["usage", "export", "--config", site.config, "--to", out, "--rotate", "never"] + more, in: site.folder)
            return (result.code, result.text.split(separator: "\n").map(String.init))
        }
        let first = try await export("--new").files
        #expect(try await export("--new").files == first, "nobody has taken it")
        #expect(try await export("--taken", first[0]).files == ["taken: \(first[0]).ack"])
        #expect(try await export("--new").files == ["nothing to export"])
        try await site.fill(5, from: 10)
        let second = try await export("--new").files
        #expect(second == ["loader-0001_1_0000000013-0000000018.jsonl"])
        try site.folder.write("{}\n", to: "out/\(second[0])")
        #expect(try await export("--taken", second[0]).code == 2)
    }

    @Test("without a spool, or with one that is none, says so")
    func refusals() async throws {
        let site = try LedgerSite()
        for command in ["show", "verify", "key"] {
            let result = try await site.usage(command)
            #expect(result.code == 2 && result.text.contains(site.settings.directory), "\(command): \(result.text)")
        }
        #expect(try await site.usage("verify", "--file", "/nowhere").code == 6)
    }

    @Test("the verification by hand of Docs/metering.md finds what is right, and what was changed")
    func byHand() async throws {
        let site = try LedgerSite()
        try await site.fill(40)
        #expect(try await site.usage("key", "--renew").code == 0)
        try await site.fill(10, from: 40)
        let document = try String(contentsOfFile: Place.package + "/Docs/metering.md", encoding: .utf8)
        let start = try #require(document.range(of: "```python\n")?.upperBound)
        let end = try #require(document.range(of: "\n```", range: start..<document.endIndex)?.lowerBound)
        let script = try site.folder.write(String(document[start..<end]), to: "verify.py")
        let export = try await site.usage("export", "--to", site.folder.path("out"), "--full", "--rotate", "never")
        let file = site.folder.path("out/" + export.text.trimmingCharacters(in: .whitespacesAndNewlines))
        // The first key: it has signed the second.
        let keys = try await site.usage("key").text.split(separator: "\n").map { String($0.prefix(64)) }
        #expect(keys.count == 2)
        let right = try await Peer.run("python3", [script, file, keys[1]], in: site.folder)
        #expect(
            right.code == 0 && right.text.hasPrefix("right: 54 records, 3 signatures, 100000 bytes up"), "\(right.text)"
        )
        #expect(try await site.usage("verify", "--file", file, "--key", keys[1]).code == 0)
        let changed = try String(contentsOfFile: file, encoding: .utf8).replacing("\"part\":9,", with: "\"part\":8,")
        let forged = try site.folder.write(changed, to: "forged.jsonl")
        let wrong = try await Peer.run("python3", [script, forged, keys[1]], in: site.folder)
        #expect(wrong.code == 1 && wrong.text.contains("record 18: changed"), "\(wrong.text)")
    }
}
