import FieldModel

/// The nftables side: which packet is in which class, and what is forwarded.
extension NetworkCommands {
    /// Takes the table away whether it is there or not, in one transaction.
    package static let removal = "table inet \(tableName)\ndelete table inet \(tableName)\n"

    /// A ruleset for `nft -f`: the whole table is replaced, or nothing is.
    package var ruleset: String {
        let chains = [classification, forwarding, masquerading].compactMap(\.self)
        guard !chains.isEmpty else { return Self.removal }
        return Self.removal + "table inet \(Self.tableName) {\n" + chains.joined(separator: "\n") + "}\n"
    }

    private static func quoted(_ devices: [String]) -> String {
        "{ " + devices.map { "\"\($0)\"" }.joined(separator: ", ") + " }"
    }

    /// HTB puts a packet into the class its priority names, so no tc filter is needed.
    private var classification: String? {
        let shaped = plan.paths.filter { $0.rate != nil }.map(\.device)
        guard !shaped.isEmpty else { return nil }
        var lines = [
            "# before masquerading (100), while a camera still has its own address",
            "type filter hook postrouting priority 90; policy accept;",
            "oifname != \(Self.quoted(shaped)) return",
            "# SO_PRIORITY 6: remote control and probes",
            "meta priority 0:\(TrafficClass.control.socketPriority) counter meta priority set 1:10 accept",
            "# SO_PRIORITY 2: telemetry",
            "meta priority 0:\(TrafficClass.telemetry.socketPriority) counter meta priority set 1:20 accept",
        ]
        if let device = plan.cameraDevice {
            for (place, camera) in plan.cameras.enumerated() {
                let name = "1:\(String(Shaper.cameraMinor(place), radix: 16))"
                lines.append("# camera \(camera.id)")
                lines.append(
                    "iifname \"\(device)\" ip saddr \(camera.address) counter meta priority set \(name) accept")
            }
        }
        return chain("classify", lines + ["# everything else is bulk", "counter meta priority set 1:30"])
    }

    private var forwarding: String? {
        guard let cameras = plan.cameraDevice, let bulk = bulkDevice else { return nil }
        let sources = plan.cameras.isEmpty ? [] : ["{ " + plan.cameras.map(\.address).joined(separator: ", ") + " }"]
        return chain(
            "forward",
            [
                // What others on this machine forward is theirs.
                "type filter hook forward priority 0; policy accept;",
                "# answers to what was let out",
                "oifname \"\(cameras)\" ct state established,related accept",
                "# the cameras of the plan go out by the bulk path; nothing else leaves their network, or enters it",
            ]
                + sources.map { "iifname \"\(cameras)\" oifname \"\(bulk)\" ip saddr \($0) counter accept" }
                + ["iifname \"\(cameras)\" counter drop", "oifname \"\(cameras)\" counter drop"])
    }

    private var masquerading: String? {
        guard plan.masquerade, let cameras = plan.cameraDevice, let bulk = bulkDevice else { return nil }
        return chain(
            "source",
            [
                "type nat hook postrouting priority 100; policy accept;",
                "iifname \"\(cameras)\" oifname \"\(bulk)\" masquerade",
            ])
    }

    private func chain(_ name: String, _ lines: [String]) -> String {
        "  chain \(name) {\n" + lines.map { "    \($0)\n" }.joined() + "  }\n"
    }
}
