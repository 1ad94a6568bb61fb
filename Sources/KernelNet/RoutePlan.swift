import FieldModel

/// Policy routing: a table for each path, and who looks into which (ip-rule(8)).
///
/// Rules of FieldGate's have the preferences 1000–1499 and nothing else has, so that exactly they are found and removed.
struct RoutePlan {
    static let preferences = 1000...1499
    private static let byMark = 1000
    private static let byAddress = 1100
    private static let byDevice = 1200
    private static let local = 1300
    private static let others = 1301

    let plan: NetworkPlan
    /// The IPv4 addresses that each device has now.
    let addresses: [String: [String]]

    var commands: [NetworkCommand] {
        plan.paths.enumerated().flatMap { index, path in routes(path, index) } + otherRoutes + multipath
    }

    /// What the rules' listing must contain, by what is lost without it.
    var expectations: [(rule: String, part: String)] {
        plan.paths.enumerated().flatMap { index, path in
            let part = "path \(path.id): rule"
            return [
                (
                    "\(Self.byMark + index):\tfrom all fwmark 0x\(String(path.table, radix: 16)) lookup \(path.table)",
                    part
                ),
                ("\(Self.byDevice + index):\tfrom all oif \(path.device) lookup \(path.table)", part),
            ]
                + own(path).enumerated().map { number, address in
                    ("\(Self.byAddress + index * 10 + number):\tfrom \(address) lookup \(path.table)", part)
                }
        }
            + (others.map { [("\(Self.others):\tfrom all lookup \($0.table)", "others: rule")] } ?? [])
    }

    private func routes(_ path: NetworkPlan.Path, _ index: Int) -> [NetworkCommand] {
        let purpose = "path \(path.id): its own routing table, for who is bound to \(path.device) or marked"
        let via = path.gateway.map { "via \($0) " } ?? ""
        let onLink = path.gateway == nil ? "" : " onlink"
        var commands = [
            NetworkCommand(purpose, .ip, "route replace default \(via)dev \(path.device) table \(path.table)\(onLink)")
        ]
        commands += rule(purpose, Self.byMark + index, "fwmark \(path.table) lookup \(path.table)")
        for (number, address) in own(path).enumerated() {
            commands += rule(purpose, Self.byAddress + index * 10 + number, "from \(address) lookup \(path.table)")
        }
        commands += rule(purpose, Self.byDevice + index, "oif \(path.device) lookup \(path.table)")
        // Answers may come in by another path than the main table would send to.
        commands.append(NetworkCommand(purpose, .sysctl, "-q -w net.ipv4.conf.\(path.device).rp_filter=2"))
        return commands
    }

    private var otherRoutes: [NetworkCommand] {
        guard let others else { return [] }
        let purpose = "everything that chose no path takes \(others.id), but for networks that are at hand"
        return rule(purpose, Self.local, "lookup main suppress_prefixlength 0")
            + rule(purpose, Self.others, "lookup \(others.table)")
    }

    private var multipath: [NetworkCommand] {
        guard plan.isMultipath else { return [] }
        let purpose = "Multipath TCP may use every path"
        return [
            NetworkCommand(purpose, .ip, "mptcp limits set subflow 4 add_addr_accepted 4"),
            NetworkCommand(purpose, .ip, "mptcp endpoint flush"),
        ]
            + plan.paths.flatMap { path in
                own(path).map { NetworkCommand(purpose, .ip, "mptcp endpoint add \($0) dev \(path.device) subflow") }
            }
    }

    private var others: NetworkPlan.Path? { plan.paths.first { $0.id == plan.othersPath } }

    /// At most ten: that many preferences each path has.
    private func own(_ path: NetworkPlan.Path) -> ArraySlice<String> { (addresses[path.device] ?? []).prefix(10) }

    /// Adding a rule twice makes two of them: the one before goes first.
    private func rule(_ purpose: String, _ preference: Int, _ rule: String) -> [NetworkCommand] {
        [
            NetworkCommand(purpose, .ip, "rule del pref \(preference)", isOptional: true),
            NetworkCommand(purpose, .ip, "rule add pref \(preference) \(rule)"),
        ]
    }
}
