import FieldModel

/// A network plan as the kernel's tools read it: `ip`, `tc` and `nft`. Pure: the same plan gives the same text.
///
/// The plan must have passed `PlanCheck`: its values stand in the text as they are.
package struct NetworkCommands {
    /// An interface's IPv4 address, as the plan cannot know it: the network gives it.
    package struct Address: Hashable, Sendable {
        package var address: IPv4Address
        package var prefix: Int

        package init(address: IPv4Address, prefix: Int) {
            self.address = address
            self.prefix = prefix
        }
    }

    /// rtnetlink's "protocol" of every rule and route made here, so that they are found again and nobody else's are.
    package static let mark = 70
    /// A root qdisc with this r2q is one made here: each class names its quantum, so r2q has no other use.
    package static let signature = 157
    package static let tableName = "fieldgate"

    package var plan: NetworkPlan
    /// By interface.
    package var addresses: [String: Address]
    /// Bytes that are used of the quota already.
    package var used: Int64?

    package init(plan: NetworkPlan, addresses: [String: Address] = [:], used: Int64? = nil) {
        self.plan = plan
        self.addresses = addresses
        self.used = used
    }

    package var bulkDevice: String? {
        plan.paths.first { $0.id == plan.bulkPath }?.device
    }

    /// Everything, with comments, for a person.
    package var text: String {
        var lines = ["# sysctl"] + settings.map { "sysctl -w \($0.key)=\($0.value)" }
        let counted = plan.paths.map(\.device) + [plan.cameraDevice].compactMap(\.self)
        if !counted.isEmpty { lines.append("# ethtool: packets are counted one by one, not joined") }
        lines += counted.map { "ethtool -K \($0) gro off" }
        lines.append("# ip -batch: marked 'protocol \(Self.mark)'")
        for path in plan.paths where addresses[path.device] == nil {
            lines.append("# path \(path.id): the rule by source follows when \(path.device) has an address")
        }
        lines += rules.map { "rule add \($0.text)" } + routes.map { "route replace \($0.text)" }
        if plan.isMultipath {
            lines.append("# ip mptcp: connections that speak Multipath TCP may use every path")
            lines.append("ip mptcp limits set subflow 4 add_addr_accepted 4")
            for path in plan.paths {
                guard let address = addresses[path.device]?.address else { continue }
                lines.append("ip mptcp endpoint add \(address) dev \(path.device) subflow")
            }
        }
        for path in plan.paths {
            guard let shaper = shaper(of: path) else {
                lines.append("# path \(path.id): no rate, so \(path.device) keeps its queue")
                continue
            }
            lines.append("# tc -batch: path \(path.id) at \(Shaper.kilobits(shaper.rate)) kbit/s")
            lines += shaper.building
        }
        let others = otherRuleset(Set(plan.paths.map(\.device)))
        lines += ["# nft -f: what is no IP, counted", others, "# nft -f: what is in no connection, counted", counts]
        return (lines + ["# nft -f", ruleset]).joined(separator: "\n")
    }

    /// Kernel settings under /proc/sys, in order.
    package var settings: [(key: String, value: String)] {
        // Loose: a reply may come in by another path than the main table would answer through.
        let filters = plan.paths.map { ("net.ipv4.conf.\($0.device).rp_filter", "2") }
        // A path that lost one round of retransmissions gets no new data until it answers.
        let multipath = plan.isMultipath ? [("net.mptcp.stale_loss_cnt", "1")] : []
        // First of all: a connection that began before is never counted.
        let counting = plan.paths.isEmpty ? [] : CountingGate.settings.map { ($0.key, "1") }
        return counting + (plan.cameraDevice == nil ? [] : [("net.ipv4.ip_forward", "1")]) + filters + multipath
    }

    package func shaper(of path: NetworkPlan.Path) -> Shaper? {
        path.rate.map { Shaper(device: path.device, rate: $0, cameras: plan.cameras, bulk: path.bulk) }
    }
}
