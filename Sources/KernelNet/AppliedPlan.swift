import FieldModel
import JSONText
import Platform

/// What was put in force, kept in a file: it must be found again by the next process.
package struct AppliedPlan: Hashable, Sendable {
    /// As the client gave it.
    package var plan: NetworkPlan
    /// With what was shaped and routed since.
    package var current: NetworkPlan
    /// The ruleset as the kernel showed it when it was new.
    package var ruleset: String
    /// Kernel settings as they were before FieldGate's.
    package var before: [String: String]
    /// Counters of what is no IP, and of what is in no connection.
    package var others: KeptRules?
    package var counts: KeptRules?

    /// Rules that run on when the same plan is applied again.
    package struct KeptRules: Hashable, Sendable {
        /// As they were given to the kernel.
        package var given: String
        /// As it showed them then; empty when it refused.
        package var shown: String

        package init(_ given: String, _ shown: String?) {
            self.given = given
            self.shown = shown ?? ""
        }
    }

    package init(plan: NetworkPlan, ruleset: String, before: [String: String]) {
        self.plan = plan
        current = plan
        self.ruleset = ruleset
        self.before = before
    }

    package var text: String {
        var json = JSONWriter()
        json.raw("{\"plan\":")
        PlanDocument.write(plan, to: &json)
        json.raw(",\"current\":")
        PlanDocument.write(current, to: &json)
        json.raw(",\"ruleset\":")
        json.string(ruleset)
        for (name, kept) in [("others", others), ("counts", counts)] {
            guard let kept else { continue }
            json.unescaped(",\"\(name)\":{\"given\":")
            json.string(kept.given)
            json.raw(",\"shown\":")
            json.string(kept.shown)
            json.raw("}")
        }
        json.raw(",\"before\":{")
        for (place, entry) in before.sorted(by: { $0.key < $1.key }).enumerated() {
            if place > 0 { json.raw(",") }
            json.string(entry.key)
            json.raw(":")
            json.string(entry.value)
        }
        json.raw("}}\n")
        return json.text
    }

    package init?(_ text: String) {
        let bytes = Array(text.utf8)
        let value = try? bytes.withUnsafeBufferPointer { bytes throws(JSONFault) in try JSONReader.read(bytes) }
        guard let value, let plan = value["plan"].flatMap({ try? PlanDocument.read($0) }),
            let current = value["current"].flatMap({ try? PlanDocument.read($0) }),
            let ruleset = value.string("ruleset"), case .object(let members)? = value["before"]
        else { return nil }
        self.plan = plan
        self.current = current
        self.ruleset = ruleset
        (others, counts) = (Self.kept(value["others"]), Self.kept(value["counts"]))
        before = [:]
        for case let member in members {
            if case .string(let text) = member.value { before[member.name] = text }
        }
    }

    private static func kept(_ value: JSONValue?) -> KeptRules? {
        guard let value, let given = value.string("given") else { return nil }
        return KeptRules(given, value.string("shown"))
    }
}
