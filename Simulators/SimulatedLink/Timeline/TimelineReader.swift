import SimulatorKit
import Yams

/// Reads a timeline from YAML; an error names file, line, field and what is accepted.
package struct TimelineReader {
    private let file: String

    package static func read(_ text: String, file: String) throws(ControlFault) -> Timeline {
        try TimelineReader(file: file).timeline(text)
    }

    private func timeline(_ text: String) throws(ControlFault) -> Timeline {
        guard let root = try compose(text) else { throw ControlFault("\(file): empty; accepted: a list of steps") }
        guard let list = root.sequence else {
            throw fault(root, "this is no list; accepted: a list of {at: 30s, path: a, set: {…}}")
        }
        var steps: [Timeline.Step] = []
        for node in list { steps.append(try step(node)) }
        let ordered = steps.enumerated().sorted { ($0.element.at, $0.offset) < ($1.element.at, $1.offset) }
        return Timeline(steps: ordered.map(\.element))
    }

    private func compose(_ text: String) throws(ControlFault) -> Node? {
        do {
            return try Yams.compose(yaml: text)
        } catch let error as YamlError {
            throw ControlFault("\(file): \(error)".split(separator: "\n").joined(separator: " "))
        } catch {
            throw ControlFault("\(file): \(error)")
        }
    }

    private func step(_ node: Node) throws(ControlFault) -> Timeline.Step {
        guard let members = node.mapping else {
            throw fault(node, "this is no step; accepted: {at: 30s, path: a, set: {…}}")
        }
        let accepted = ["at", "path", "set", "capacity"]
        for (key, _) in members where !accepted.contains(key.string ?? "") {
            throw fault(key, "no field '\(key.string ?? "")'; accepted: \(accepted.joined(separator: ", "))")
        }
        let at = try duration(try member("at", of: node, members))
        let place = try member("path", of: node, members)
        guard let path = place.string.flatMap(PathName.init(rawValue:)) else {
            throw fault(place, "path: '\(place.string ?? "")'; accepted: a, b")
        }
        let changes = try settings(members) + capacity(members)
        guard !changes.isEmpty else { throw fault(node, "nothing happens here; accepted: set, capacity") }
        return Timeline.Step(at: at, path: path, changes: changes)
    }

    private func member(_ name: String, of node: Node, _ members: Node.Mapping) throws(ControlFault) -> Node {
        guard let value = members[Node(name)] else { throw fault(node, "the field '\(name)' is missing") }
        return value
    }

    private func duration(_ node: Node) throws(ControlFault) -> Int64 {
        do {
            return try Nanoseconds.parse(node.string ?? "")
        } catch {
            throw fault(node, "at: \(error)")
        }
    }

    private func settings(_ members: Node.Mapping) throws(ControlFault) -> [LinkChange] {
        guard let node = members["set"] else { return [] }
        guard let fields = node.mapping else { throw fault(node, "set: accepted is {NAME: VALUE, …}") }
        var changes: [LinkChange] = []
        for (key, value) in fields {
            if key.string == "capacity", value.mapping != nil {
                changes.append(try capacity(value))
                continue
            }
            do {
                changes.append(try LinkChange(key.string ?? "", value.scalar?.string ?? ""))
            } catch {
                throw fault(value, "set: \(error)")
            }
        }
        return changes
    }

    private func capacity(_ members: Node.Mapping) throws(ControlFault) -> [LinkChange] {
        guard let node = members["capacity"] else { return [] }
        if node.string == "off" { return [.capacity(nil)] }
        return [try capacity(node)]
    }

    private func capacity(_ node: Node) throws(ControlFault) -> LinkChange {
        var members: [String: String] = [:]
        for (key, value) in node.mapping ?? [:] { members[key.string ?? ""] = value.scalar?.string ?? "" }
        do {
            return .capacity(try LinkChange.capacity(members))
        } catch {
            throw fault(node, "capacity: \(error)")
        }
    }

    private func fault(_ node: Node, _ text: String) -> ControlFault {
        ControlFault("\(file):\(node.mark.map { "\($0.line):" } ?? "") \(text)")
    }
}
