import FieldModel

/// What this kernel and this machine offer, tried where that hurts nobody: on the loopback interface's classes and in a
/// table of rules that is only checked.
package struct KernelCheck: Sendable {
    package var hasClasses: Bool
    package var hasRules: Bool
    package var hasRouting: Bool
    package var hasMultipath: Bool

    package init(_ runner: CommandRunner) {
        hasClasses = Self.canShape(runner)
        hasRules = Self.succeeds(runner, .nft, "-c -f -", Self.sample)
        hasRouting = Self.succeeds(runner, .ip, "rule show")
        hasMultipath = Self.succeeds(runner, .ip, "mptcp limits show")
    }

    /// What the plan needs and is not there, for a person.
    package func missing(for plan: NetworkPlan) -> [String] {
        var missing: [String] = []
        if !hasClasses, plan.paths.contains(where: { $0.rate != nil }) {
            missing.append(
                "this kernel has no HTB: control and telemetry wait behind bulk in the modem's queue. Remedy: a kernel "
                    + "with CONFIG_NET_SCH_HTB, and the package iproute2")
        }
        if !hasRules {
            missing.append(
                "this kernel has no nftables: packets are not sorted into classes and cameras are not forwarded. "
                    + "Remedy: a kernel with CONFIG_NF_TABLES_INET and CONFIG_NFT_NAT, and the package nftables")
        }
        if !hasRouting {
            missing.append(
                "this kernel has no policy routing: every path takes the main table. Remedy: a kernel with "
                    + "CONFIG_IP_MULTIPLE_TABLES, and the package iproute2")
        }
        if plan.isMultipath, !hasMultipath {
            missing.append(
                "this kernel has no Multipath TCP: the broker is reached by plain TCP. Remedy: a kernel with CONFIG_MPTCP"
            )
        }
        return missing
    }

    /// HTB is tried on the loopback interface, and taken off again at once; somebody's queue there is left alone.
    private static func canShape(_ runner: CommandRunner) -> Bool {
        let present = runner.ask(.tc, "qdisc show dev lo")
        guard present.isEmpty || present.contains("noqueue") else { return true }
        guard succeeds(runner, .tc, "qdisc add dev lo root handle fe: htb") else { return false }
        return succeeds(runner, .tc, "qdisc del dev lo root handle fe: htb")
    }

    private static func succeeds(
        _ runner: CommandRunner, _ program: NetworkCommand.Program, _ line: String, _ input: String? = nil
    ) -> Bool {
        if case .success = runner.run(program, line.split(separator: " ").map(String.init), input) { return true }
        return false
    }

    private static let sample = """
        table inet fieldgate_check {
            chain classes {
                type route hook output priority mangle; policy accept;
                meta priority 0:6 meta priority set 1:10
            }
            chain address {
                type nat hook postrouting priority srcnat; policy accept;
                oifname "none" masquerade
            }
        }

        """
}
