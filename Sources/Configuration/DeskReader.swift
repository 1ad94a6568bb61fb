import FieldModel

/// The settings of a billing desk, `fg.desk/1`: who sends the invoices, and where its store and its broker are.
package struct DeskSettings: Hashable, Sendable {
    package struct Seller: Hashable, Sendable {
        package var name: String
        package var address: String
        package var taxID: String
        /// Where to pay.
        package var account: String
    }

    /// A path, or the address of a PostgreSQL database.
    package var store: String
    package var isServer: Bool
    /// `en` or `zh`.
    package var language: String
    package var seller: Seller
    /// What numbers of invoices, of credit notes and of debit notes begin with.
    package var invoiceSeries: String
    package var creditSeries: String
    package var debitSeries: String
    /// The file with the key that receipts are signed with.
    package var receiverKey: String
    package var broker: BrokerSettings?
}

/// Reads `fieldbill.yaml`.
package struct DeskLoader {
    private static let schema = "fg.desk/1"
    private let read: SiteLoader.Reader
    private let problems = ProblemList()

    package init(read: @escaping SiteLoader.Reader) { self.read = read }

    /// The settings are there whenever nothing is wrong. Paths are taken from the file's folder.
    package func load(_ path: String) -> (desk: DeskSettings?, problems: [Problem]) {
        do throws(Problem) {
            let node = try YAMLDocument.parse(try bytes(path), file: path)
            let desk = settings(Section(node, file: path, path: "", problems: problems), path)
            return (problems.problems.isEmpty ? desk : nil, problems.problems)
        } catch {
            return (nil, problems.problems + [error])
        }
    }

    private func bytes(_ path: String) throws(Problem) -> [UInt8] {
        switch read(path) {
        case .success(let bytes): return bytes
        case .failure(let failure):
            throw Problem(
                file: path, line: 0, column: 0, path: "", message: "the file cannot be read: \(failure.reason)",
                remedy: "name the desk's folder with --desk, or make one with 'fieldbill init'")
        }
    }

    private func settings(_ root: Section, _ path: String) -> DeskSettings? {
        let schema = root.require("schema", root.text("schema"), remedy: "begin the file with `schema: \(Self.schema)`")
        if let schema, schema != Self.schema {
            root.reject("schema", "'\(schema)' is no desk this version reads", remedy: "write `\(Self.schema)`")
        }
        let resolve = { (file: String) in SiteLoader.resolve(file, from: path) }
        let store = root.require("store", root.text("store"), remedy: "name a file, `store: bill.db`, or a server")
        let language = root.choice("language", [("en", "en"), ("zh", "zh")])
        let seller = root.require("seller", root.section("seller"), remedy: "say who sends the invoices").map(seller)
        let series = root.section("series")
        let key = root.text("receiver_key") ?? "receiver.key"
        let broker = root.section("broker").flatMap { section in
            BrokerReader(section, around: surroundings(resolve)).read(gateway: "billing")
        }
        let desk = DeskSettings(
            store: store.map { Self.isServer($0) ? $0 : resolve($0) } ?? "",
            isServer: store.map(Self.isServer) ?? false,
            language: language ?? "en",
            seller: seller ?? DeskSettings.Seller(name: "", address: "", taxID: "", account: ""),
            invoiceSeries: series?.identifier("invoice") ?? "INV", creditSeries: series?.identifier("credit") ?? "CN",
            debitSeries: series?.identifier("debit") ?? "DN", receiverKey: resolve(key), broker: broker)
        let names = [desk.invoiceSeries, desk.creditSeries, desk.debitSeries]
        if let twice = names.first(where: { name in names.count { $0 == name } > 1 }) {
            (series ?? root).reject(
                nil, "two of invoices, credit notes and debit notes would share the series '\(twice)'",
                remedy: "give each a series of its own: `series: {invoice: INV, credit: CN, debit: DN}`")
        }
        series?.finish()
        root.finish()
        return desk
    }

    private func seller(_ section: Section) -> DeskSettings.Seller {
        defer { section.finish() }
        return DeskSettings.Seller(
            name: section.require("name", section.text("name"), remedy: "the name that invoices carry") ?? "",
            address: section.text("address") ?? "", taxID: section.text("tax_id") ?? "",
            account: section.text("account") ?? "")
    }

    /// Connection strings as psql takes them.
    private static func isServer(_ store: String) -> Bool {
        ["postgresql://", "postgres://", "host=", "dbname=", "service="].contains { store.hasPrefix($0) }
    }

    private func surroundings(_ resolve: @escaping (String) -> String) -> SiteReader.Surroundings {
        let read = self.read
        return SiteReader.Surroundings(
            resolve: resolve, profile: { _ in .success(nil) }, modemProfile: { _ in .success(nil) },
            isReadable: { if case .success = read($0) { true } else { false } },
            readText: { try? String(decoding: read($0).get(), as: UTF8.self) },
            reason: { if case .failure(let problem) = read($0) { problem.reason } else { nil } },
            secretFault: { _ in nil }, judge: { _ in [] })
    }
}
