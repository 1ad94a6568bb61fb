import FieldModel
import Platform

extension NetworkPlan {
    /// Everything that puts the plan in force, in order; what is there already is replaced.
    package func commands(addresses: [String: [String]], hasClasses: Bool = true) -> [NetworkCommand] {
        RoutePlan(plan: self, addresses: addresses).commands
            + (hasClasses ? paths.flatMap { classTree($0)?.commands ?? [] } : [])
            + RuleSet(plan: self).commands
    }

    /// One path's shaper with another rate.
    package func shaping(_ path: Path) -> [NetworkCommand] { classTree(path)?.changes ?? [] }

    /// Another way for forwarded traffic, and for what chose none. What a camera sent before keeps no address of the
    /// former path: its connections are forgotten.
    package func routing(addresses: [String: [String]]) -> [NetworkCommand] {
        let forget = cameras.map {
            NetworkCommand("connections of the cameras start anew", .conntrack, "-D -s \($0.address)", isOptional: true)
        }
        return RoutePlan(plan: self, addresses: addresses).commands + RuleSet(plan: self).commands
            + (masquerade ? forget : [])
    }

    /// Takes everything away that FieldGate made, and nothing else.
    package static func clearing(devices: [String], tables: [Int], preferences: [Int]) -> [NetworkCommand] {
        let purpose = "take FieldGate's part away"
        return [NetworkCommand(purpose, .nft, "delete table \(RuleSet.table)", isOptional: true)]
            + devices.map { NetworkCommand(purpose, .tc, "qdisc del dev \($0) root handle 1: htb", isOptional: true) }
            + preferences.map { NetworkCommand(purpose, .ip, "rule del pref \($0)", isOptional: true) }
            + tables.map { NetworkCommand(purpose, .ip, "route flush table \($0)", isOptional: true) }
    }

    /// The IPv4 addresses that the paths' interfaces have now.
    package var presentAddresses: [String: [String]] {
        Dictionary(
            uniqueKeysWithValues: paths.map { path in
                (path.device, (NetworkInterface.find(path.device)?.addresses ?? []).filter(NetworkAddress.isV4))
            })
    }

    private func classTree(_ path: Path) -> ClassTree? {
        path.rate.map { ClassTree(path: path, rate: $0, cameras: cameras) }
    }
}
