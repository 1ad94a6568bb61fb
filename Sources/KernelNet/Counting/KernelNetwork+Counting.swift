import FieldModel

/// What counting needs of the kernel: settings before the first connection, and interfaces that join
/// nothing.
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
}

extension CountingGate {
    /// Bytes of a link's header; nil when the interface is not there or not known.
    package func header(of device: String) -> UInt64? { linkKind(device).flatMap(LinkStatistics.header) }
}

extension NetworkCommands {
    /// Loads connection tracking, and tracks nothing: the chain is not attached anywhere.
    static let waking = "table inet \(tableName) {\n  chain waking {\n    ct state new\n  }\n}\n"
}
