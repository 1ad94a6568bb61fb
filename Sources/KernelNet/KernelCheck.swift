import CSystem
import FieldModel
import Platform

/// What this kernel and machine offer for a plan: tried in a network namespace of its own, else looked up.
package struct KernelCheck {
    package struct Finding: Hashable, Sendable {
        package enum Verdict: String, Sendable {
            case works, missing, unknown
            /// It counts, but not exactly: what is billed meanwhile is flagged.
            case estimated
        }

        package var name: String
        package var verdict: Verdict
        /// For a person: why, what does not work without it, and the remedy.
        package var detail: String

        package var text: String { "\(name): \(verdict.rawValue)\(detail.isEmpty ? "" : "; \(detail)")" }
    }

    private struct Trial {
        var name: String
        var tool: String
        var arguments: [String]
        var input: String
        var loss: String
        var module: String
    }

    private let tools: any NetworkTools

    package init(tools: any NetworkTools) { self.tools = tools }

    package func run() -> [Finding] {
        // `true` in a namespace of its own tells whether trying is permitted at all.
        let canTry = (try? tools.run("unshare", ["--net", "--", "true"])) != nil
        return Self.trials.map { canTry ? attempt($0) : look($0) } + [mptcp, forwarding] + counting
    }

    private func attempt(_ trial: Trial) -> Finding {
        do throws(ToolFault) {
            _ = try tools.run("unshare", ["--net", "--", trial.tool] + trial.arguments, input: trial.input)
            return Finding(name: trial.name, verdict: .works, detail: "")
        } catch {
            return Finding(name: trial.name, verdict: .missing, detail: "\(error.text); \(Self.remedy(trial))")
        }
    }

    private func look(_ trial: Trial) -> Finding {
        guard ChildProcess.find(trial.tool) != nil else {
            return Finding(
                name: trial.name, verdict: .missing, detail: "\(trial.tool) is not installed; \(Self.remedy(trial))")
        }
        let isLoaded = access("/sys/module/\(trial.module)", F_OK) == 0
        return Finding(
            name: trial.name, verdict: isLoaded ? .works : .unknown,
            detail: isLoaded ? "" : "not tried (needs root), and the module is not loaded; \(Self.remedy(trial))")
    }

    /// Settings that a plan brings with it are not missing where none is in force.
    private var counting: [Finding] {
        CountingGate(tools: tools).findings(nil).map { finding in
            guard finding.verdict == .missing, finding.detail.contains("sysctl -w") else { return finding }
            return Finding(name: finding.name, verdict: .works, detail: "set when a plan is applied")
        }
    }

    private var mptcp: Finding {
        let found = KernelSetting.read("/proc/sys/net/mptcp/enabled")
        return Finding(
            name: "MPTCP", verdict: found == "1" ? .works : .missing,
            detail: found == "1" ? "" : "one TCP connection cannot use two paths; sysctl -w net.mptcp.enabled=1")
    }

    private var forwarding: Finding {
        let found = KernelSetting.read("/proc/sys/net/ipv4/ip_forward")
        return Finding(
            name: "forwarding", verdict: found == nil ? .missing : .works,
            detail: found == nil
                ? "cameras are not forwarded; /proc/sys is not there" : "now \(found == "1" ? "on" : "off")")
    }

    private static func remedy(_ trial: Trial) -> String {
        "without it \(trial.loss); modprobe \(trial.module), or a kernel that has it"
    }

    private static let sample = NetworkCommands(
        plan: NetworkPlan(
            paths: [.init(id: "a", device: "wwan0", gateway: nil, table: 101, rate: .megabits(1))],
            cameras: [.init(id: "c", address: "192.0.2.2", limit: .megabits(1))], cameraDevice: "cam0", bulkPath: "a"))

    private static var trials: [Trial] {
        let batch = ["-batch", "-"]
        let htb =
            "qdisc add dev lo root handle 1: htb default 30\nclass add dev lo parent 1: classid 1:1 htb rate 1mbit\n"
        return [
            Trial(
                name: "HTB", tool: "tc", arguments: batch, input: htb,
                loss: "paths are not shaped and bulk delays control", module: "sch_htb"),
            Trial(
                name: "pfifo", tool: "tc", arguments: batch, input: "qdisc add dev lo root handle 1: pfifo limit 50\n",
                loss: "queues of the classes have the device's length", module: "sch_fifo"),
            Trial(
                name: "nftables", tool: "nft", arguments: ["-f", "-"], input: sample.ruleset,
                loss: "traffic has no classes and cameras are not forwarded", module: "nf_tables"),
            Trial(
                name: "policy routing", tool: "ip", arguments: batch,
                input: "rule add priority 20100 fwmark 101 lookup 101 protocol \(NetworkCommands.mark)\n",
                loss: "the second path cannot be used beside the first", module: "fib_rules"),
        ]
    }
}
