import Billing
import Configuration
import Crypto
import Platform

/// A plan of `fg.tariff/1`, or everything that is wrong with it.
package struct LoadedTariff: Sendable {
    /// There whenever nothing is wrong.
    package var tariff: Tariff?
    /// By line; the plan cannot be used.
    package var problems: [Problem]
    /// By line; the plan can be used, and somebody should look.
    package var warnings: [Problem]
    /// Where `valid.from` stands, for what is found between several plans.
    package var place: Place

    package struct Place: Hashable, Sendable {
        package var file: String
        package var line: Int
        package var column: Int
    }
}

package struct TariffLoader: Sendable {
    package static let schema = "fg.tariff/1"

    private let zones: ZoneFolder

    package init(zones: ZoneFolder = .system) {
        self.zones = zones
    }

    /// `file` is the name that problems carry.
    package func load(_ bytes: [UInt8], file: String) -> LoadedTariff {
        let problems = ProblemList()
        let notes = Notes()
        var place = LoadedTariff.Place(file: file, line: 0, column: 0)
        var tariff: Tariff?
        do throws(Problem) {
            let node = try YAMLDocument.parse(bytes, file: file)
            place.line = node.mark.line
            place.column = node.mark.column
            let root = Section(node, file: file, path: "", problems: problems)
            if let valid = root.has("valid") ? root.node("valid") : nil {
                place.line = valid.mark.line
                place.column = valid.mark.column
            }
            tariff = PlanReader(root, zones: zones, notes: notes).read()
        } catch {
            var problem = error
            if bytes.isEmpty { problem.remedy = "see Docs/tariffs.md for what belongs there" }
            problems.add(problem)
        }
        tariff?.fingerprint = Self.fingerprint(bytes)
        let found = Self.sorted(problems.problems)
        return LoadedTariff(
            tariff: found.isEmpty ? tariff : nil, problems: found, warnings: Self.sorted(notes.warnings), place: place)
    }

    /// SHA-256 in hexadecimal digits: what an invoice names a plan's text by.
    package static func fingerprint(_ bytes: [UInt8]) -> String {
        SHA256.hash(data: bytes).map { byte in
            let digits = String(byte, radix: 16)
            return digits.utf8.count == 1 ? "0" + digits : digits
        }.joined()
    }

    private static func sorted(_ problems: [Problem]) -> [Problem] {
        problems.enumerated().sorted { ($0.1.line, $0.1.column, $0.0) < ($1.1.line, $1.1.column, $1.0) }.map(\.1)
    }
}

/// What is found by the way: warnings, and which family of units the plan counts bytes in.
final class Notes {
    private(set) var warnings: [Problem] = []
    private var family: (isBinary: Bool, unit: String, line: Int)?

    func warn(_ section: Section, _ key: String?, _ message: String, remedy: String) {
        let mark = key.flatMap { section.node($0)?.mark } ?? section.mark
        let path = [section.path, key ?? ""].filter { !$0.isEmpty }.joined(separator: ".")
        warnings.append(
            Problem(
                file: section.file, line: mark.line, column: mark.column, path: path, message: message, remedy: remedy))
    }

    /// GB and GiB in one plan are a mistake somebody pays for: 7.4 %.
    func use(_ unit: TariffUnit.Bytes, _ section: Section, _ key: String) {
        guard let isBinary = unit.isBinary else { return }
        guard let family else {
            self.family = (isBinary, unit.rawValue, section.node(key)?.mark.line ?? 0)
            return
        }
        guard family.isBinary != isBinary else { return }
        section.reject(
            key, "\(unit.rawValue) here and \(family.unit) in line \(family.line): powers of 2 and of 10 in one plan",
            remedy: "count all bytes in units of one family: MB and GB, or MiB and GiB")
    }
}
