import FieldModel

/// Putting a plan in force: only what differs is changed, so that doing it twice disturbs nobody.
extension KernelNetwork {
    /// `given` is the plan as the client knows it.
    func enforce(_ plan: NetworkPlan, as given: NetworkPlan) -> NetworkState {
        var state = NetworkState()
        var (commands, present) = surroundings(plan, &state)
        if !plan.paths.isEmpty { wakeTracking() }
        var new = AppliedPlan(plan: given, ruleset: "", before: applied?.before ?? [:])
        new.current = plan
        set(commands, &new, &state)
        setOffloads(plan, &new, &state)
        changeRouting(
            from: reading.rules(), reading.routes(), to: commands.rules,
            commands.routes.filter { present.contains($0.device) }, &state)
        setMultipath(commands, present, &state)
        for path in plan.paths where present.contains(path.device) { shape(path, commands, &state) }
        let devices = Set(plan.paths.map(\.device))
        for device in reading.shapedDevices() where !devices.contains(device) && check.allows(device: device) {
            attempt("the old shaper on \(device) stays", &state) { () throws(ToolFault) in
                _ = try tools.run("tc", ["qdisc", "del", "dev", device, "root"])
            }
        }
        setOthers(commands, present, &new)
        setCounts(commands, &new, &state)
        // As late as can be: what passes between here and the new rules counts for no quota.
        commands.used = quotaUsed(plan)
        attempt("traffic has no classes and cameras are not forwarded", &state) { () throws(ToolFault) in
            _ = try tools.run("nft", ["-f", "-"], input: commands.ruleset)
            new.ruleset = reading.ruleset() ?? ""
        }
        keep(new)
        return state
    }

    /// The plan with the addresses there are, and the path devices that exist.
    func surroundings(_ plan: NetworkPlan, _ state: inout NetworkState) -> (NetworkCommands, present: Set<String>) {
        var commands = NetworkCommands(plan: plan)
        var present: Set<String> = []
        for path in plan.paths {
            guard reading.isThere(path.device) else {
                state.absent.append("path \(path.id): there is no interface \(path.device); is the modem connected?")
                continue
            }
            present.insert(path.device)
            commands.addresses[path.device] = reading.address(of: path.device)
            if commands.addresses[path.device] == nil {
                state.absent.append("path \(path.id): \(path.device) has no IPv4 address, so no rule by source")
            }
        }
        return (commands, present)
    }

    func changeRouting(
        from oldRules: Set<PolicyRule>, _ oldRoutes: Set<PathRoute>, to rules: [PolicyRule], _ routes: [PathRoute],
        _ state: inout NetworkState
    ) {
        let gone = oldRoutes.filter { old in !routes.contains { $0.name == old.name } }
        // One by one: an interface that is down must not keep the other path from its routes.
        for line in gone.map({ "del \($0.name)" }).sorted()
            + routes.filter({ !oldRoutes.contains($0) }).map({ "replace \($0.text)" })
        {
            attempt("a route is not as planned", &state) { () throws(ToolFault) in
                _ = try tools.run("ip", ["route"] + line.split(separator: " ").map(String.init))
            }
        }
        // New rules come first, so that no packet meets a gap.
        let lines =
            rules.filter { !oldRules.contains($0) }.map { "rule add \($0.text)" }
            + oldRules.subtracting(rules).map { "rule del \($0.text)" }.sorted()
        guard !lines.isEmpty else { return }
        attempt("paths are not chosen by mark, source or device", &state) { () throws(ToolFault) in
            _ = try tools.run("ip", ["-batch", "-"], input: Self.lines(lines))
        }
    }

    /// Of a quota that stays as it is; one that changes begins anew.
    private func quotaUsed(_ plan: NetworkPlan) -> Int64? {
        if let applied { lookAtQuota(applied.current) }
        guard let quota = plan.quota, let quotaSeen, quotaSeen.quota == quota else { return nil }
        return quotaSeen.used
    }

    /// Whoever flushes the ruleset flushes the count: it goes on from where it was last seen.
    func lookAtQuota(_ plan: NetworkPlan) {
        guard let quota = plan.quota, let used = reading.quotas()[NetworkCommands.quotaName] else { return }
        quotaSeen = (quota, used)
    }

    private func set(_ commands: NetworkCommands, _ new: inout AppliedPlan, _ state: inout NetworkState) {
        for (key, value) in commands.settings {
            guard let old = KernelSetting.read(file(key)) else { continue }
            guard old != value else { continue }
            if new.before[key] == nil { new.before[key] = old }
            guard !KernelSetting.write(file(key), value) else { continue }
            let loss =
                CountingGate.settings.first { $0.key == key }?.loss
                ?? (key.hasSuffix("forward") ? "cameras are not forwarded" : "replies by the other path are dropped")
            state.missing.append("\(key) is not \(value), so \(loss): the kernel refused; sysctl -w \(key)=\(value)")
        }
    }

    private func shape(_ path: NetworkPlan.Path, _ commands: NetworkCommands, _ state: inout NetworkState) {
        let queue = reading.queue(of: path.device)
        guard let shaper = commands.shaper(of: path) else {
            guard queue == .ours else { return }
            return attempt("the old shaper on \(path.device) stays", &state) { () throws(ToolFault) in
                _ = try tools.run("tc", ["qdisc", "del", "dev", path.device, "root"])
            }
        }
        if case .foreign(let kind) = queue {
            state.missing.append(
                "path \(path.id) is not shaped and bulk delays control: \(path.device) has a queue of somebody else's"
                    + " (\(kind)); tc qdisc del dev \(path.device) root")
            return
        }
        let loss = "path \(path.id) is not shaped and bulk delays control (needs HTB and pfifo in the kernel)"
        attempt(loss, &state) { () throws(ToolFault) in
            try build(shaper, on: queue)
        }
    }

    private func build(_ shaper: Shaper, on queue: KernelReading.Queue) throws(ToolFault) {
        if queue == .ours, hasShape(shaper) {
            if !hasRates(shaper) { _ = try tools.run("tc", ["-batch", "-"], input: Self.lines(shaper.changing)) }
            return
        }
        do throws(ToolFault) {
            let before = queue == .ours ? [shaper.removing] : []
            _ = try tools.run("tc", ["-batch", "-"], input: Self.lines(before + shaper.building))
        } catch {
            // Half a tree would send everything unshaped or nothing at all.
            _ = try? tools.run("tc", ["qdisc", "del", "dev", shaper.device, "root"])
            throw error
        }
    }

    /// The same classes with the same parents and queues.
    func hasShape(_ shaper: Shaper) -> Bool {
        let planned = Dictionary(uniqueKeysWithValues: shaper.classes.map { ($0.name, Self.parent($0)) })
        let found = Dictionary(reading.classes(of: shaper.device).map { ($0.name, $0.parent) }) { first, _ in first }
        let limits = Dictionary(
            uniqueKeysWithValues: shaper.classes.compactMap { entry in entry.queue.map { (entry.name, $0) } })
        return planned == found && limits == reading.limits(of: shaper.device)
    }

    func hasRates(_ shaper: Shaper) -> Bool {
        let found = Dictionary(reading.classes(of: shaper.device).map { ($0.name, $0) }) { first, _ in first }
        return shaper.classes.allSatisfy { entry in
            guard let there = found[entry.name] else { return false }
            return Self.same(there.rate, entry.rate) && Self.same(there.ceil, entry.ceil)
        }
    }

    private static func parent(_ entry: Shaper.Class) -> String {
        entry.parent == 0 ? "1:" : "1:\(String(entry.parent, radix: 16))"
    }

    /// `tc` cuts large rates short when it shows them.
    private static func same(_ one: Int64, _ other: Int64) -> Bool { abs(one - other) <= max(one, other) / 500 }
}
