import Foundation
import Testing

/// A billing desk of the scenarios: `fieldbill` in a folder of its own, at a price at which each byte is a fen.
struct BillingDesk {
    let yard: MeteredYard
    /// The public half of the key that it signs receipts with.
    private(set) var receiverKey = ""
    private let path: String

    /// `store` is a file beside its settings, or the address of a server; the broker is that of the cloud, or the one at
    /// the gateway.
    init(_ name: String, at space: MeteredYard.Space = .cloud, store: String = "bill.db", in yard: MeteredYard)
        async throws
    {
        self.yard = yard
        path = yard.folder.path(name)
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        _ = try yard.folder.write(
            """
            schema: fg.desk/1
            store: "\(store)"
            language: en
            seller: {name: "Seller", address: "1 Harbour Road", tax_id: "91310000X"}
            series: {invoice: INV, credit: CN}

            """, to: "\(name)/fieldbill.yaml")
        try hear(at: space)
        let made = try await run("init")
        receiverKey = made.split(whereSeparator: \.isWhitespace).map(String.init).last { $0.count == 64 } ?? ""
        let plan = try yard.folder.write(
            """
            plan: fen
            version: 1
            currency: CNY
            period: {unit: month, anchor_day: 1, tz: Etc/UTC, grace_h: 0}
            meters: [{id: data, source: ip_bytes, dir: both, unit: B, aggregate: sum}]
            charges: [{id: data, kind: usage, meter: data, model: per_unit, price: "0.01"}]

            """, to: "\(name)/fen.yaml")
        try await run("plan add", plan)
        try await run("customer add", "c1", "--name", "Quarry")
        try await run(
            "assign", "m1", "--from", "2026-01-01", "--gateway", MeteredGateway.name, "--plan", "fen@1", "--customer",
            "c1", "--line", "l1")
    }

    /// Which broker it listens to from its next start on.
    func hear(at space: MeteredYard.Space) throws {
        let settings = "\(path)/fieldbill.yaml"
        let kept = try String(contentsOfFile: settings, encoding: .utf8).split(separator: "\n")
            .filter { !$0.hasPrefix("broker:") }
        let host = space == .cloud ? MeteredYard.cloud : "127.0.0.1"
        let broker =
            "broker: {host: \(host), port: 1883, insecure: true, client_id: desk-\(UUID().uuidString.prefix(8))}"
        try (kept.joined(separator: "\n") + "\n\(broker)\n").write(toFile: settings, atomically: true, encoding: .utf8)
    }

    /// The first word may be two: `plan add`.
    @discardableResult
    func run(_ command: String, _ words: String..., code: Int32 = 0) async throws -> String {
        let all = command.split(separator: " ").map(String.init) + ["--desk", path] + words
        let done = try await Tool.run("fieldbill", all, in: yard.folder)
        guard done.code == code else { throw Missing(what: "fieldbill \(all.joined(separator: " ")): \(done.text)") }
        return done.text
    }

    /// Its consumer, where its broker is.
    func consume(at space: MeteredYard.Space = .cloud) async throws -> Child {
        let consumer = try yard.child(space, [Tool.product("fieldbill"), "consume", "--desk", path])
        try await eventually("the desk listens: \(consumer.text)") { consumer.text.contains("connected") }
        return consumer
    }

    /// How far it has the gateway's chain; 0 where it has none.
    func head() async throws -> Int {
        let done = try await Tool.run("fieldbill", ["status", "--desk", path, "--json"], in: yard.folder)
        let chains = try object(Self.line(done.text))["chains"] as? [[String: Any]] ?? []
        return chains.first?["seq"] as? Int ?? 0
    }

    func alarms() async throws -> [[String: Any]] {
        let done = try await Tool.run("fieldbill", ["status", "--desk", path, "--json"], in: yard.folder)
        return try object(Self.line(done.text))["alarms"] as? [[String: Any]] ?? []
    }

    /// What those months come to, in fen, which are bytes.
    func rated(_ months: [String]) async throws -> Int {
        var sum = 0
        for month in months {
            let text = try await run("rate", "m1", "--period", month, "--format", "json")
            sum += try object(Self.line(text))["net"] as? Int ?? -1
        }
        return sum
    }

    /// The invoices of those months, before their period is over: what they ask for together, in fen.
    func invoiced(_ months: [String]) async throws -> Int {
        var sum = 0
        for month in months {
            let text = try await run("invoice", "m1", "--period", month, "--early", "--format", "json")
            sum += try object(Self.line(text))["gross"] as? Int ?? -1
        }
        return sum
    }

    private static func line(_ text: String) -> String {
        text.split(separator: "\n").last { $0.hasPrefix("{") }.map(String.init) ?? "{}"
    }
}
