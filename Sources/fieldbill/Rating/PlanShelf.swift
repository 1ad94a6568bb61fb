import BillStore
import Billing
import Configuration
import Tariffs

/// The plans in the store, read when they are first asked for.
final class PlanShelf {
    private let stored: [StoredPlan]
    private var read: [String: Tariff] = [:]

    init(_ ledger: any BillingLedger) throws(StoreFault) {
        stored = try ledger.plans()
    }

    /// `id@version`, or `id` for its newest version.
    func plan(_ name: String) throws(DeskFault) -> Tariff {
        if let known = read[name] { return known }
        let parts = name.split(separator: "@", maxSplits: 1)
        let versions = stored.filter { $0.id == parts.first.map(String.init) }
        let found =
            parts.count == 2
            ? versions.first { String($0.version) == parts[1] } : versions.max { $0.version < $1.version }
        guard let found else {
            let there = stored.map { "\($0.id)@\($0.version)" }.joined(separator: ", ")
            throw DeskFault(
                "there is no plan '\(name)'\(there.isEmpty ? "" : " (there are \(there))"): add it with 'fieldbill plan "
                    + "add FILE'", Exit.nothing)
        }
        let plan = try Self.load(Array(found.text.utf8), file: found.file)
        read[name] = plan
        return plan
    }

    /// A plan that a file holds, or every mistake in it on standard error.
    static func load(_ bytes: [UInt8], file: String) throws(DeskFault) -> Tariff {
        let loaded = TariffLoader().load(bytes, file: file)
        if let tariff = loaded.tariff, loaded.problems.isEmpty { return tariff }
        for problem in loaded.problems.dropLast() { printError(problem.text) }
        throw DeskFault(loaded.problems.last?.text ?? "\(file): no plan", Exit.file)
    }
}
