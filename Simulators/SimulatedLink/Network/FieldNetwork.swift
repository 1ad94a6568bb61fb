import CSystem
import Glibc
import SimulatorKit

/// The namespaces of one prefix on this machine: made, looked at and removed.
package struct FieldNetwork {
    package let prefix: String

    /// `prefix` begins the name of every namespace.
    package init(prefix: String) throws(SystemFault) {
        let allowed = prefix.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == 45 }
        guard allowed, (1...40).contains(prefix.utf8.count), prefix.first != "-" else {
            throw SystemFault("--prefix '\(prefix)': accepted are 1 to 40 of a-z, 0-9 and -, not beginning with -")
        }
        self.prefix = prefix
    }

    /// Makes what is missing and sets everything else right; what is there already stays.
    package func up(_ paths: [PathName] = PathName.allCases) throws(SystemFault) {
        try Privilege.checkNetworking()
        let plan = NetworkPlan(prefix: prefix, paths: paths)
        for space in plan.spaces { try addNamespace(plan.namespace(space.role)) }
        for space in plan.spaces { try addTuns(space, plan) }
        for cable in plan.cables { try lay(cable, plan) }
        for space in plan.spaces {
            try configure(space, plan)
            for setting in space.settings {
                try NetworkNamespace(plan.namespace(space.role)).write(setting.value, to: setting.name)
            }
        }
    }

    /// Removes whatever there is of it; nothing at all is well too.
    package func down() throws(SystemFault) {
        guard !present.isEmpty else { return }
        try Privilege.checkNetworking()
        for name in present {
            // A process that still runs inside would keep the namespace's devices alive, and with them their peers.
            for device in try devices(in: name) where device != "lo" {
                _ = try? IPCommand.run(["-n", name, "link", "del", device])
            }
            try IPCommand.run(["netns", "del", name])
        }
    }

    /// The namespaces of this prefix that exist, in the plan's order.
    package var present: [String] {
        NetworkPlan.roles.map { "\(prefix)-\($0)" }.filter { NetworkNamespace($0).exists }
    }

    package func carrier(_ path: PathName) -> String { "\(prefix)-carrier-\(path)" }

    /// One line: the namespaces there, their devices and the processes inside.
    package func status() throws(SystemFault) -> JSON {
        var spaces: [JSON] = []
        for name in present {
            let inside = try IPCommand.run(["netns", "pids", name]).split(separator: "\n").compactMap { Int64($0) }
            spaces.append(
                .members([
                    "name": .string(name), "devices": .array(try devices(in: name).map(JSON.string)),
                    "processes": .array(inside.map(JSON.integer)),
                ]))
        }
        let wanted = NetworkPlan(prefix: prefix).spaces.count
        let state = spaces.isEmpty ? "down" : spaces.count == wanted ? "up" : "partial"
        return .members(["ok": .bool(true), "state": .string(state), "namespaces": .array(spaces)])
    }

    /// The full name of a namespace that a person may give by its role.
    package func resolve(_ name: String) throws(SystemFault) -> String {
        for candidate in ["\(prefix)-\(name)", name] where present.contains(candidate) { return candidate }
        let there = present.isEmpty ? "none: run 'fieldsim net up --prefix \(prefix)'" : present.joined(separator: ", ")
        throw SystemFault("there is no namespace '\(name)' of prefix \(prefix); there are: \(there)")
    }

    private func addNamespace(_ name: String) throws(SystemFault) {
        guard !NetworkNamespace(name).exists else { return }
        try IPCommand.run(["netns", "add", name])
    }

    private func addTuns(_ space: NetworkPlan.Space, _ plan: NetworkPlan) throws(SystemFault) {
        let name = plan.namespace(space.role)
        let there = try devices(in: name)
        for device in space.tuns where !there.contains(device) {
            try IPCommand.run(["-n", name, "tuntap", "add", "mode", "tun", "name", device])
        }
    }

    /// A cable with one end only is taken away first.
    private func lay(_ cable: NetworkPlan.Cable, _ plan: NetworkPlan) throws(SystemFault) {
        let ends = cable.ends.map { (name: plan.namespace($0.role), device: $0.device) }
        var there: [(name: String, device: String)] = []
        for end in ends where try devices(in: end.name).contains(end.device) { there.append(end) }
        guard there.count < 2 else { return }
        for end in there { try IPCommand.run(["-n", end.name, "link", "del", end.device]) }
        try IPCommand.run([
            "-n", ends[0].name, "link", "add", ends[0].device, "type", "veth", "peer", "name", ends[1].device,
            "netns", ends[1].name,
        ])
    }

    private func configure(_ space: NetworkPlan.Space, _ plan: NetworkPlan) throws(SystemFault) {
        let lines = ["link set lo up"] + space.lines
        try IPCommand.run(
            ["-n", plan.namespace(space.role), "-batch", "-"], input: lines.joined(separator: "\n") + "\n")
    }

    private func devices(in name: String) throws(SystemFault) -> [String] {
        try IPCommand.run(["-n", name, "-o", "link", "show"]).split(separator: "\n").compactMap { line in
            // "2: wwan0: <…" or "3: lan0@if2: <…"
            let words = line.split(separator: " ")
            guard words.count > 1 else { return nil }
            return words[1].split { $0 == ":" || $0 == "@" }.first.map(String.init)
        }
    }
}
