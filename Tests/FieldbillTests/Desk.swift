import BillTesting
import FieldGateTesting
import Foundation
import JSONText
import PeerTesting
import Testing

/// A billing desk in a folder of the test's own, worked by the real command.
final class Desk: Sendable {
    let folder: TemporaryFolder
    let store: String

    /// `bill.db` beside the settings, or the address of a server.
    init(store: String = "bill.db", broker: UInt16? = nil) async throws {
        folder = try TemporaryFolder()
        self.store = store
        var settings = """
            schema: fg.desk/1
            store: "\(store)"
            language: en
            seller: {name: "Seller & Sons", address: "1 Harbour Road", tax_id: "91310000X", account: "IBAN 42"}
            series: {invoice: INV, credit: CN}

            """
        if let broker { settings += "broker: {host: 127.0.0.1, port: \(broker), client_id: desk}\n" }
        try folder.write(settings, to: "fieldbill.yaml")
        try await run("init")
    }

    struct Answer {
        var code: Int32
        var text: String
    }

    /// A command and what it said, errors included; its exit code must be `code`.
    @discardableResult
    func run(_ words: String..., code: Int32 = 0) async throws -> String {
        try await run(words, code: code)
    }

    @discardableResult
    func run(_ words: [String], code: Int32 = 0) async throws -> String {
        let answer = try await ask(words)
        #expect(answer.code == code, "fieldbill \(words.joined(separator: " "))\n\(answer.text)")
        return answer.text
    }

    func ask(_ words: [String]) async throws -> Answer {
        let command = words.first.map { first in
            // Subcommands of two words take their options behind both.
            ["gateway", "customer", "plan", "external", "export"].contains(first) ? 2 : 1
        }
        let split = min(command ?? 0, words.count)
        let all =
            Array(words[..<split]) + (words.first == "check" ? [] : ["--desk", folder.path]) + Array(words[split...])
        let (code, text) = try await Peer.run(Place.product("fieldbill"), all, in: folder)
        return Answer(code: code, text: text)
    }

    /// Starts a command that goes on.
    func start(_ words: String...) throws -> Peer {
        try Peer(Place.product("fieldbill"), [words[0], "--desk", folder.path] + words.dropFirst(), in: folder)
    }

    @discardableResult
    func write(_ lines: [String], to name: String) throws -> String {
        try folder.write(lines.map { $0 + "\n" }.joined(), to: name)
    }

    /// A plan's file, added.
    func add(plan text: String) async throws {
        let file = try folder.write(text, to: "plan-\(UUID().uuidString).yaml")
        try await run("plan", "add", file)
    }

    func json(_ words: String...) async throws -> JSONValue {
        let text = try await run(words + ["--format", "json"])
        let line = text.split(separator: "\n").last { $0.hasPrefix("{") } ?? ""
        return try JSONReader.read(line)
    }
}

/// A plan by the gigabyte.
let perGigabyte = """
    plan: data
    meters: [{id: data, source: ip_bytes, dir: both, unit: GB, aggregate: sum}]
    charges: [{id: traffic, kind: usage, meter: data, model: per_unit, price: "1"}]

    """

private struct InVain: Error {
    var what: String
}

/// As `eventually`, for what has to be asked of a process.
func until(_ what: String, _ condition: () async throws -> Bool) async throws {
    let deadline = ContinuousClock.now + .seconds(60)
    while try await !condition() {
        guard ContinuousClock.now < deadline else { throw InVain(what: what) }
    }
}
