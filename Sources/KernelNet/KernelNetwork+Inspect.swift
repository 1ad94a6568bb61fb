import FieldModel

/// Reading back: what somebody removed or changed is named.
extension KernelNetwork {
    func inspect(_ plan: NetworkPlan) throws(RequestFault) -> NetworkState {
        try check.check(plan)
        var state = NetworkState()
        // What was shaped and routed since belongs to the plan in force.
        let isInForce = applied.map { $0.plan == plan || $0.plan.withoutBudget == plan } ?? false
        let current = isInForce ? applied?.current ?? plan : plan
        if !isInForce { state.absent.append(applied == nil ? "no plan was applied" : "another plan was applied") }
        let (commands, present) = surroundings(current, &state)
        inspectSettings(commands, &state)
        inspectOffloads(current, &state)
        inspectRouting(commands, present, &state)
        inspectMultipath(commands, present, &state)
        for path in current.paths where present.contains(path.device) { inspectShaper(path, commands, &state) }
        inspectRuleset(commands, isInForce, &state)
        if isInForce {
            inspectOthers(&state)
            lookAtQuota(current)
        }
        return state
    }

    private func inspectSettings(_ commands: NetworkCommands, _ state: inout NetworkState) {
        for (key, value) in commands.settings {
            guard let found = KernelSetting.read(file(key)), found != value else { continue }
            state.absent.append("\(key) is \(found), not \(value)")
        }
    }

    private func inspectRouting(_ commands: NetworkCommands, _ present: Set<String>, _ state: inout NetworkState) {
        let rules = reading.rules()
        for rule in commands.rules where !rules.contains(rule) { state.absent.append("ip rule: \(rule.text)") }
        let routes = reading.routes()
        for route in commands.routes where present.contains(route.device) && !routes.contains(route) {
            state.absent.append("ip route: \(route.text)")
        }
    }

    private func inspectShaper(_ path: NetworkPlan.Path, _ commands: NetworkCommands, _ state: inout NetworkState) {
        guard let shaper = commands.shaper(of: path) else { return }
        switch reading.queue(of: path.device) {
        case .plain: state.absent.append("path \(path.id): the shaper on \(path.device) is gone")
        case .foreign(let kind):
            state.absent.append("path \(path.id): \(path.device) has somebody else's queue (\(kind))")
        case .ours where !hasShape(shaper):
            state.absent.append("path \(path.id): classes of the shaper on \(path.device) are gone or changed")
        case .ours where !hasRates(shaper):
            state.absent.append("path \(path.id): rates of the shaper on \(path.device) were changed")
        case .ours: break
        }
    }

    func inspectRuleset(_ commands: NetworkCommands, _ isInForce: Bool, _ state: inout NetworkState) {
        let found = reading.ruleset()
        if found == nil, commands.ruleset != NetworkCommands.removal {
            state.absent.append(
                "nftables: table inet \(NetworkCommands.tableName) is gone, with classes and forwarding")
            return
        }
        guard isInForce, let expected = applied?.ruleset, let found, found != expected else { return }
        let there = Self.chains(found)
        for (name, body) in Self.chains(expected).sorted(by: { $0.key < $1.key }) where there[name] != body {
            state.absent.append("nftables: chain \(name) is \(there[name] == nil ? "gone" : "changed")")
        }
        for name in there.keys.sorted() where Self.chains(expected)[name] == nil {
            state.absent.append("nftables: chain \(name) is somebody else's in FieldGate's table")
        }
    }

    /// Bodies of a listed table's chains, by name.
    private static func chains(_ text: String) -> [String: [Substring]] {
        var chains: [String: [Substring]] = [:]
        var name = ""
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ").map { $0.drop { $0 == "\t" } }
            if words.first == "chain", words.count > 1 { name = String(words[1]) }
            if !name.isEmpty { chains[name, default: []].append(line) }
        }
        return chains
    }
}
