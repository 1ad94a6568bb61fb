import FieldModel

/// The nftables table `inet fieldgate`: classes by socket priority, forwarding of cameras (nft(8)).
struct RuleSet {
    static let table = "inet fieldgate"

    let plan: NetworkPlan

    /// One transaction: what was there is replaced, or all stays as it was.
    var text: String {
        var lines = ["table \(Self.table) {}", "flush table \(Self.table)", "table \(Self.table) {"]
        lines += chain("classes", "type route hook output priority mangle; policy accept;", outgoing)
        if let device = plan.cameraDevice, !plan.cameras.isEmpty {
            lines += chain("way", "type filter hook prerouting priority mangle; policy accept;", marks(device))
            lines += chain("cameras", "type filter hook forward priority filter; policy accept;", forwarding(device))
            if plan.masquerade {
                lines += chain(
                    "address", "type nat hook postrouting priority srcnat; policy accept;",
                    ["iifname \"\(device)\" oifname \(devices) masquerade"])
            }
        }
        return (lines + ["}"]).joined(separator: "\n") + "\n"
    }

    var commands: [NetworkCommand] {
        var commands = [NetworkCommand("classes by socket priority, and the cameras", .nft, "-f -", input: text)]
        if !plan.cameras.isEmpty {
            commands.append(
                NetworkCommand("the cameras' packets are forwarded", .sysctl, "-q -w net.ipv4.ip_forward=1"))
        }
        return commands
    }

    private var devices: String { "{ " + plan.paths.map { "\"\($0.device)\"" }.joined(separator: ", ") + " }" }

    /// What the gateway itself sends: SO_PRIORITY 6 is control, 2 telemetry. The rest is bulk, which HTB assumes.
    private var outgoing: [String] {
        [(TrafficClass.control, ClassTree.control), (.telemetry, ClassTree.telemetry)].map { purpose, leaf in
            "oifname \(devices) meta priority 0:\(purpose.socketPriority) meta priority set \(leaf)"
        }
    }

    private func marks(_ device: String) -> [String] {
        guard let bulk = plan.paths.first(where: { $0.id == plan.bulkPath }) else { return [] }
        return ["iifname \"\(device)\" ip saddr \(sources) meta mark set \(bulk.table)"]
    }

    private func forwarding(_ device: String) -> [String] {
        plan.cameras.enumerated().map { index, camera in
            "iifname \"\(device)\" oifname \(devices) ip saddr \(camera.address) counter meta priority set "
                + "\(ClassTree.camera(index)) accept"
        } + [
            "iifname \(devices) oifname \"\(device)\" ct state established,related accept",
            // Nothing else gets onto the machine's network, nor off it.
            "iifname \"\(device)\" counter drop",
            "oifname \"\(device)\" counter drop",
        ]
    }

    private var sources: String { "{ " + plan.cameras.map(\.address).joined(separator: ", ") + " }" }

    private func chain(_ name: String, _ hook: String, _ rules: [String]) -> [String] {
        ["    chain \(name) {", "        \(hook)"] + rules.map { "        \($0)" } + ["    }"]
    }
}
