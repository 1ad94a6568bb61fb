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
        before = [:]
        for case let member in members {
            if case .string(let text) = member.value { before[member.name] = text }
        }
    }
}
