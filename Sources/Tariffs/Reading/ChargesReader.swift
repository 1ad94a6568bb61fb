import Billing
import Configuration

/// Reads all charges, in the order in which they are worked out, and what they say of one another.
struct ChargesReader {
    private let root: Section
    private let plan: Tariff
    private let notes: Notes

    /// `plan` has its meters and pools.
    init(_ root: Section, plan: Tariff, notes: Notes) {
        self.root = root
        self.plan = plan
        self.notes = notes
    }

    func read() -> [Charge] {
        let sections = root.sections("charges")
        if sections.isEmpty, !root.has("charges") || root.isEmptyList("charges") {
            root.reject("charges", "the plan charges nothing", remedy: "list at least one charge under `charges:`")
        }
        var plan = plan
        var names = Names(all: sections.compactMap(Self.name), continued: Set(sections.compactMap(Self.continued)))
        var pooled: [String: String] = [:]
        for section in sections {
            guard let charge = ChargeReader(section, plan: plan, names: names, notes: notes).read() else { continue }
            if names.seen.contains(charge.id) {
                section.reject("id", "a second charge '\(charge.id)'", remedy: "give each charge a name of its own")
                continue
            }
            if let pool = charge.pool {
                if let other = pooled[pool] {
                    section.reject(
                        "pool", "the pool '\(pool)' is used up by the charge '\(other)' already",
                        remedy: "rate what is beyond it with `input: {overage_of: \(other)}`")
                }
                pooled[pool] = charge.id
            }
            names.seen.insert(charge.id)
            plan.charges.append(charge)
        }
        return plan.charges
    }

    private static func name(_ section: Section) -> String? {
        guard case .scalar(let text, _)? = section.node("id")?.content else { return nil }
        return text
    }

    /// The charge whose overage it rates.
    private static func continued(_ section: Section) -> String? {
        guard case .mapping(let pairs)? = section.node("input")?.content,
            case .scalar(let text, _)? = pairs.first(where: { $0.key == "overage_of" })?.value.content
        else { return nil }
        return text
    }

    struct Names {
        /// In the file's order.
        var all: [String]
        /// Those whose overage another charge rates.
        var continued: Set<String>
        /// Of charges before this one.
        var seen: Set<String> = []
    }
}
