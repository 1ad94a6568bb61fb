import FieldModel

/// The nftables side: what is forwarded. Which packet is in which class: see `NetworkCommands+Marks`.
extension NetworkCommands {
    /// Takes the table away whether it is there or not, in one transaction.
    package static let removal = "table inet \(tableName)\ndelete table inet \(tableName)\n"

    /// A ruleset for `nft -f`: the whole table is replaced, or nothing is.
    package var ruleset: String {
        let chains =
            [arriving, classification].compactMap(\.self) + sorting + [forwarding, masquerading].compactMap(\.self)
        guard !chains.isEmpty else { return Self.removal }
        return Self.removal + "table inet \(Self.tableName) {\n" + objects + chains.joined(separator: "\n") + "}\n"
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

    func chain(_ name: String, _ lines: [String]) -> String {
        "  chain \(name) {\n" + lines.map { "    \($0)\n" }.joined() + "  }\n"
    }
}
