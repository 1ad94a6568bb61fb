import FieldModel
import Platform

/// Plans put in force in this process's own network namespace. It needs CAP_NET_ADMIN, and so runs in the helper.
package final class KernelNetwork: NetworkControl {
    private let runner: CommandRunner
    private let usb: USBPorts
    private var check: KernelCheck?
    private var plan: NetworkPlan?
    /// The rules as nftables lists them when they are whole.
    private var listing: String?

    package init(_ runner: CommandRunner = .system, usb: USBPorts = USBPorts(allowed: [])) {
        self.runner = runner
        self.usb = usb
    }

    package func apply(_ plan: NetworkPlan) throws(NetworkFault) -> NetworkState {
        let check = check ?? KernelCheck(runner)
        self.check = check
        let present = plan.present
        if let before = self.plan { try forget(before, for: present) }
        for command in present.commands(addresses: present.presentAddresses, hasClasses: check.hasClasses)
        where isPossible(command, check) && !isThere(command) {
            try runner.perform(command)
        }
        self.plan = plan
        listing = check.hasRules ? rules : nil
        return try inspect(plan)
    }

    package func inspect(_ plan: NetworkPlan) throws(NetworkFault) -> NetworkState {
        let check = check ?? KernelCheck(runner)
        self.check = check
        var state = NetworkState()
        state.missing = check.missing(for: plan)
        let present = plan.present
        for path in plan.paths where !present.paths.contains(path) {
            state.missing.append(
                "path \(path.id): there is no interface \(path.device) now; its part comes when it does")
        }
        if check.hasRouting { state.absent += absentRoutes(present) }
        if check.hasClasses { state.absent += absentClasses(present) }
        if check.hasRules, rules.isEmpty || listing.map({ $0 != rules }) ?? false {
            state.absent.append("nftables: table \(RuleSet.table)")
        }
        return state
    }

    package func shape(path: String, to rate: BitRate) throws(NetworkFault) {
        guard var plan, let place = plan.paths.firstIndex(where: { $0.id == path }) else {
            throw .refused("there is no path '\(path)' in the plan in force; apply it first")
        }
        plan.paths[place].rate = rate
        guard check?.hasClasses ?? false, plan.present.paths.contains(plan.paths[place]) else { return }
        try runner.performBatch(plan.shaping(plan.paths[place]))
        self.plan = plan
    }

    package func route(bulk: String?, others: String?) throws(NetworkFault) {
        guard var plan else { throw .refused("no plan is in force; apply it first") }
        for path in [bulk, others].compactMap(\.self) where !plan.paths.contains(where: { $0.id == path }) {
            throw .refused("there is no path '\(path)' in the plan in force")
        }
        (plan.bulkPath, plan.othersPath) = (bulk, others)
        let present = plan.present
        for command in present.routing(addresses: present.presentAddresses) where isPossible(command, check) {
            try runner.perform(command)
        }
        self.plan = plan
        listing = check?.hasRules ?? false ? rules : nil
    }

    package func reauthorise(usb device: String) throws(NetworkFault) { try usb.reauthorise(device) }

    package func clear() throws(NetworkFault) {
        let devices = runner.ask(.tc, "qdisc show").split(separator: "\n").compactMap(Self.shapedDevice)
        let rules = runner.ask(.ip, "rule show").split(separator: "\n").compactMap(OwnRule.init)
        let tables = Set(rules.compactMap(\.table)).union(plan?.paths.map(\.table) ?? [])
        for command in NetworkPlan.clearing(
            devices: devices, tables: tables.sorted(), preferences: rules.map(\.preference))
        {
            try runner.perform(command)
        }
        (plan, listing) = (nil, nil)
    }

    // MARK: Looking

    private var rules: String { runner.ask(.nft, "-s list table \(RuleSet.table)") }

    private func absentRoutes(_ plan: NetworkPlan) -> [String] {
        let listed = runner.ask(.ip, "-N rule show")
        let routes = RoutePlan(plan: plan, addresses: plan.presentAddresses)
        let lost = routes.expectations.filter { !listed.contains($0.rule) }.map(\.part)
        let unrouted = plan.paths.filter {
            !runner.ask(.ip, "route show table \($0.table)").contains("dev \($0.device)")
        }
        return lost.enumerated().filter { lost.firstIndex(of: $0.element) == $0.offset }.map(\.element)
            + unrouted.map { "path \($0.id): route in table \($0.table)" }
    }

    private func absentClasses(_ plan: NetworkPlan) -> [String] {
        plan.paths.filter { $0.rate != nil }.compactMap { path in
            let classes = runner.ask(.tc, "class show dev \(path.device)")
            let names =
                [ClassTree.control, ClassTree.telemetry, ClassTree.bulk] + plan.cameras.indices.map(ClassTree.camera)
            return names.allSatisfy { classes.contains("htb \($0) ") }
                ? nil : "path \(path.id): classes on \(path.device)"
        }
    }

    /// What an earlier plan had and this one has not.
    private func forget(_ before: NetworkPlan, for plan: NetworkPlan) throws(NetworkFault) {
        guard before.paths.map(\.id) != plan.paths.map(\.id) || before.cameras.count > plan.cameras.count else {
            return
        }
        try clear()
    }

    /// A queue of classes cannot be put in its own place: where it is ours already it stays, with what waits in it.
    private func isThere(_ command: NetworkCommand) -> Bool {
        guard command.program == .tc, command.arguments.starts(with: ["qdisc", "replace", "dev"]),
            command.arguments.contains("htb")
        else { return false }
        let device = command.arguments[3]
        return runner.ask(.tc, "qdisc show").split(separator: "\n")
            .contains { Self.shapedDevice($0) == device }
    }

    private func isPossible(_ command: NetworkCommand, _ check: KernelCheck?) -> Bool {
        guard let check else { return true }
        switch command.program {
        case .tc: return check.hasClasses
        case .nft: return check.hasRules
        case .ip where command.arguments.first == "mptcp": return check.hasMultipath
        case .ip: return check.hasRouting
        case .sysctl, .conntrack: return true
        }
    }

    /// `qdisc htb 1: dev wwan0 root …` of ours: nobody else's handle is 1: with default 0x30.
    private static func shapedDevice(_ line: Substring) -> String? {
        let words = line.split(separator: " ")
        guard line.hasPrefix("qdisc htb 1: dev "), line.contains("default 0x30"), words.count > 4 else { return nil }
        return String(words[4])
    }
}

/// A rule of FieldGate's in `ip rule show`: `1000: from all fwmark 0x65 lookup 101`.
private struct OwnRule {
    var preference: Int
    var table: Int?

    init?(_ line: Substring) {
        guard let number = line.split(separator: ":").first.flatMap({ Int($0) }), RoutePlan.preferences.contains(number)
        else { return nil }
        preference = number
        let words = line.split(separator: " ")
        table = words.firstIndex(of: "lookup").flatMap { words.indices.contains($0 + 1) ? Int(words[$0 + 1]) : nil }
    }
}

extension NetworkPlan {
    /// The part of the plan whose interfaces are there.
    fileprivate var present: NetworkPlan {
        var plan = self
        plan.paths = paths.filter { NetworkInterface.find($0.device) != nil }
        return plan
    }
}

extension CommandRunner {
    /// Several commands of tc in one process.
    fileprivate func performBatch(_ commands: [NetworkCommand]) throws(NetworkFault) {
        let lines = commands.map { $0.arguments.joined(separator: " ") + "\n" }.joined()
        if case .failure(let refusal) = run(.tc, ["-batch", "-"], lines) { throw .refused("tc: \(refusal.reason)") }
    }
}
