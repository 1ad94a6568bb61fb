import FieldModel

/// What counting needs of the kernel: settings before the first connection, interfaces that join nothing, counters of
/// what is no IP.
extension KernelNetwork {
    private static let offloadKey = "offload.gro."

    /// Brings the settings' files into being: they come with the first rule that tracks.
    func wakeTracking() {
        guard let first = CountingGate.settings.first, KernelSetting.read(file(first.key)) == nil else { return }
        _ = try? tools.run("nft", ["-f", "-"], input: NetworkCommands.waking)
    }

    /// Interfaces whose packets are counted one by one.
    func counted(_ plan: NetworkPlan) -> [String] { plan.paths.map(\.device) + [plan.cameraDevice].compactMap(\.self) }

    func setOffloads(_ plan: NetworkPlan, _ new: inout AppliedPlan, _ state: inout NetworkState) {
        for device in counted(plan) where Offload.joins(device) == true {
            if new.before[Self.offloadKey + device] == nil { new.before[Self.offloadKey + device] = "1" }
            guard !Offload.setJoining(device, false) else { continue }
            state.missing.append(
                "\(device) joins packets before they are counted, about 3 % are missed: the kernel refused;"
                    + " ethtool -K \(device) gro off")
        }
    }

    func inspectOffloads(_ plan: NetworkPlan, _ state: inout NetworkState) {
        for device in counted(plan) where Offload.joins(device) == true {
            state.absent.append("receive offload of \(device) is on: about 3 % of bytes are not counted")
        }
    }

    /// Puts a setting back as it was before.
    func restore(_ key: String, _ value: String) {
        if key.hasPrefix(Self.offloadKey) {
            _ = Offload.setJoining(String(key.dropFirst(Self.offloadKey.count)), value == "1")
        } else {
            _ = KernelSetting.write(file(key), value)
        }
    }

    /// Adds to `missing` what the gate finds and nobody has named yet.
    func checkCounting(_ plan: NetworkPlan, _ state: inout NetworkState) {
        guard !plan.paths.isEmpty else { return }
        for finding in gate.findings(plan) where finding.isDoubt {
            let known = state.missing.contains { $0.contains(finding.name) }
            if !known { state.missing.append("metering is not exact: \(finding.detail)") }
        }
    }

    /// What is wrong with the kernel's counters for the plan in force, without running anything.
    func counterDoubts() -> [String] {
        gate.quickFindings(applied?.current).filter(\.isDoubt).map(\.detail)
    }

    /// What is wrong with the rules that mark connections.
    func ruleDoubts() -> [String] {
        guard let plan = applied?.current else { return [] }
        var state = NetworkState()
        inspectRuleset(NetworkCommands(plan: plan), true, &state)
        let rules = state.absent.map { "\($0): connections are not tracked or not marked; apply the plan again" }
        return rules + [gate.bypass].compactMap(\.self).filter(\.isDoubt).map(\.detail)
    }

    // MARK: What is no IP

    /// Counters of it on the interfaces that are there; left alone where they are as they should be.
    func setOthers(_ commands: NetworkCommands, _ present: Set<String>, _ state: inout NetworkState) {
        let listed = try? tools.run("nft", ["-s", "list", "table", "netdev", NetworkCommands.tableName])
        let wanted = commands.otherChains(present)
        guard wanted.isEmpty ? listed != nil : !wanted.allSatisfy({ listed?.contains($0.head) == true }) else { return }
        // A kernel without these hooks counts it as unattributed: nothing of the plan is missing.
        _ = try? tools.run("nft", ["-f", "-"], input: commands.otherRuleset(present))
    }

    /// Packets and bytes that were no IP, headers included, by path.
    func others() throws(RequestFault) -> [OtherTraffic] {
        guard let plan = applied?.current else { throw RequestFault("no plan is in force: apply one first") }
        let counters = reading.counters("netdev")
        return plan.paths.enumerated().map { place, path in
            func count(_ side: String) -> Flow.Count { counters["path\(place)_\(side)"] ?? Flow.Count() }
            var received = count("in")
            // Taken after the link's header was taken off; what is sent still has it.
            received.bytes += received.packets * (gate.header(of: path.device) ?? 0)
            return OtherTraffic(path: path.id, sent: count("out"), received: received)
        }
    }
}

extension CountingGate {
    /// Bytes of a link's header; nil when the interface is not there or not known.
    package func header(of device: String) -> UInt64? { linkKind(device).flatMap(LinkStatistics.header) }
}

extension NetworkCommands {
    /// Loads connection tracking, and tracks nothing: the chain is not attached anywhere.
    static let waking = "table inet \(tableName) {\n  chain waking {\n    ct state new\n  }\n}\n"

    static let otherRemoval = "table netdev \(tableName)\ndelete table netdev \(tableName)\n"

    /// One chain for each way of each present path: its head as nft lists it.
    func otherChains(_ present: Set<String>) -> [(name: String, head: String, hook: String, device: String)] {
        plan.paths.enumerated().filter { present.contains($0.element.device) }.flatMap { place, path in
            [("in", "ingress"), ("out", "egress")].map { side, hook in
                let name = "path\(place)_\(side)"
                return (
                    name, "chain \(name) {\n\t\ttype filter hook \(hook) device \"\(path.device)\" priority", hook,
                    path.device
                )
            }
        }
    }

    /// Counts what is no IP where the link takes and gives it.
    func otherRuleset(_ present: Set<String>) -> String {
        let chains = otherChains(present)
        guard !chains.isEmpty else { return Self.otherRemoval }
        let counters = chains.map { "  counter \($0.name) { }\n" }.joined()
        let bodies = chains.map { chain in
            "  chain \(chain.name) {\n"
                + "    type filter hook \(chain.hook) device \"\(chain.device)\" priority 0; policy accept;\n"
                + "    meta protocol != { ip, ip6 } counter name \"\(chain.name)\"\n  }\n"
        }
        return Self.otherRemoval + "table netdev \(Self.tableName) {\n" + counters + bodies.joined() + "}\n"
    }
}

/// What a path carried that is no IP, since its counters began.
package struct OtherTraffic: Hashable, Sendable {
    package var path: String
    package var sent: Flow.Count
    package var received: Flow.Count

    package init(path: String, sent: Flow.Count, received: Flow.Count) {
        self.path = path
        self.sent = sent
        self.received = received
    }
}
