import FieldModel
import Platform

/// Whether this network namespace counts what is billed, and as exactly as is promised: looked at before metering begins,
/// and while it runs.
package struct CountingGate {
    /// What a namespace needs before its first connection, with what goes wrong without it.
    package static let settings: [(key: String, loss: String, option: String)] = [
        ("net.netfilter.nf_conntrack_acct", "connections are not counted", "NF_CONNTRACK"),
        // 1, not 2: with 2 a connection that began before the listener never tells of its end.
        ("net.netfilter.nf_conntrack_events", "ends of connections are not told", "NF_CONNTRACK_EVENTS"),
        (
            "net.netfilter.nf_conntrack_timestamp", "connections of one address cannot be told apart",
            "NF_CONNTRACK_TIMESTAMP"
        ),
    ]

    /// Connections that a gateway must be able to have at once, at seven tenths of the table.
    private static let need = 10_000
    /// Longer chains cost each packet more than counting does.
    private static let chainLimit = 8

    package typealias Finding = KernelCheck.Finding

    private let proc: String
    private let sys: String
    private let tools: any NetworkTools

    package init(tools: any NetworkTools, proc: String = "/proc/sys/", sys: String = "/sys/class/net/") {
        self.tools = tools
        self.proc = proc
        self.sys = sys
    }

    /// Everything, for a person or for the decision to begin. Without a plan only what no interface is needed for.
    package func findings(_ plan: NetworkPlan?) -> [Finding] {
        accounting + [table].compactMap(\.self) + [bypass].compactMap(\.self)
            + (plan.map(interfaces) ?? [])
    }

    /// What can be looked at often: nothing is run for it.
    package func quickFindings(_ plan: NetworkPlan?) -> [Finding] {
        accounting + [table].compactMap(\.self) + (plan.map(interfaces) ?? [])
    }

    /// What connection tracking needs.
    package var accounting: [Finding] {
        Self.settings.map { key, loss, option in
            let name = String(key.split(separator: ".").last ?? "")
            guard let found = KernelSetting.read(proc + KernelSetting.path(key)) else {
                return Finding(
                    name: name, verdict: .missing,
                    detail:
                        "\(loss): this kernel has no \(key); modprobe nf_conntrack, or a kernel with CONFIG_\(option)")
            }
            guard found == "1" else {
                return Finding(
                    name: name, verdict: .missing, detail: "\(loss): \(key) is \(found); sysctl -w \(key)=1")
            }
            return Finding(name: name, verdict: .works, detail: "")
        }
    }

    /// Its size and fill; nil without connection tracking, which `accounting` names.
    package var table: Finding? {
        guard let fill = TableFill.read(proc: proc) else { return nil }
        let buckets = KernelSetting.read(proc + "net/netfilter/nf_conntrack_buckets").flatMap { Int($0) } ?? fill.limit
        let name = "connection table"
        if fill.share > 0.7 {
            return Finding(
                name: name, verdict: .estimated,
                detail: "\(fill.percent) % full (\(fill.count) of \(fill.limit)): ends of connections may be lost;"
                    + " sysctl -w net.netfilter.nf_conntrack_max=\(fill.limit * 2)")
        }
        if fill.limit * 7 / 10 < Self.need {
            return Finding(
                name: name, verdict: .estimated,
                detail: "\(fill.limit) connections at most, and \(Self.need) may come: those beyond are not tracked;"
                    + " sysctl -w net.netfilter.nf_conntrack_max=16384 (on the host)")
        }
        if fill.limit / max(1, buckets) > Self.chainLimit {
            return Finding(
                name: name, verdict: .estimated,
                detail: "\(buckets) buckets for \(fill.limit) connections make every packet slow;"
                    + " sysctl -w net.netfilter.nf_conntrack_buckets=\(fill.limit / 4) (on the host)")
        }
        return Finding(name: name, verdict: .works, detail: "")
    }

    /// Ways past the counters that somebody set up; nil when nft says nothing.
    package var bypass: Finding? {
        guard let text = try? tools.run("nft", ["list", "flowtables"]) else { return nil }
        let names = text.split(separator: "\n").filter { $0.contains("flowtable") }
            .compactMap { $0.split(separator: " ").dropFirst().first.map(String.init) }
        guard let first = names.first else { return Finding(name: "flow offload", verdict: .works, detail: "") }
        return Finding(
            name: "flow offload", verdict: .estimated,
            detail:
                "the nftables flowtable '\(PlanCheck.shown(first))' takes connections past the counters: they are not"
                + " metered; nft delete flowtable, or see who made it: nft list flowtables")
    }

    private func interfaces(_ plan: NetworkPlan) -> [Finding] {
        let devices = plan.paths.map(\.device) + [plan.cameraDevice].compactMap(\.self)
        return plan.paths.compactMap(linkType) + devices.flatMap(offloads)
    }

    /// Nil when the interface is not there.
    private func linkType(_ path: NetworkPlan.Path) -> Finding? {
        guard let type = linkKind(path.device) else { return nil }
        guard LinkStatistics.header(of: type) == nil else {
            return Finding(name: "link \(path.device)", verdict: .works, detail: "")
        }
        return Finding(
            name: "link \(path.device)", verdict: .estimated,
            detail: "link type \(type) of path \(path.id) is not known, so neither are its headers' bytes;"
                + " use a modem in raw-IP or Ethernet mode")
    }

    /// ARPHRD_…, as the kernel names the kind of link; nil when the interface is not there.
    func linkKind(_ device: String) -> UInt16? {
        KernelSetting.read("\(sys)\(device)/type").flatMap { UInt16($0) }
    }

    private func offloads(_ device: String) -> [Finding] {
        var findings: [Finding] = []
        if let joins = Offload.joins(device) {
            findings.append(
                Finding(
                    name: "receive offload \(device)", verdict: joins ? .estimated : .works,
                    detail: joins
                        ? "\(device) joins packets before they are counted: about 3 % are missed;"
                            + " ethtool -K \(device) gro off" : ""))
        }
        if Offload.forwards(device) {
            findings.append(
                Finding(
                    name: "hardware offload \(device)", verdict: .estimated,
                    detail: "\(device) may forward past the kernel, so that no counter sees it;"
                        + " ethtool -K \(device) hw-tc-offload off"))
        }
        return findings
    }
}

extension KernelCheck.Finding {
    /// Something is wrong with the counters.
    package var isDoubt: Bool { verdict == .missing || verdict == .estimated }
}
