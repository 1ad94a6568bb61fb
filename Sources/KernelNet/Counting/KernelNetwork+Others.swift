import FieldModel

/// What is in no connection's counters: put in force, looked after, read.
extension KernelNetwork {
    private static let netdev = ["-s", "list", "table", "netdev", NetworkCommands.tableName]
    private static let inet = ["-s", "list", "table", "inet", NetworkCommands.countsName]

    /// Counters that are as they should be are left alone: they run on.
    func setOthers(_ commands: NetworkCommands, _ present: Set<String>, _ new: inout AppliedPlan) {
        let listed = try? tools.run("nft", Self.netdev)
        let wanted = commands.otherChains(present)
        let rules = commands.otherRuleset(present)
        let isRight = wanted.isEmpty ? listed == nil : listed != nil && applied?.others == Kept(rules, listed)
        // A kernel without these hooks counts it as unattributed: nothing of the plan is missing.
        if !isRight { _ = try? tools.run("nft", ["-f", "-"], input: rules) }
        if !wanted.isEmpty { new.others = Kept(rules, try? tools.run("nft", Self.netdev)) }
    }

    func setCounts(_ commands: NetworkCommands, _ new: inout AppliedPlan, _ state: inout NetworkState) {
        let listed = try? tools.run("nft", Self.inet)
        let rules = commands.counts
        guard !commands.plan.paths.isEmpty else {
            if listed != nil { _ = try? tools.run("nft", ["-f", "-"], input: rules) }
            return
        }
        if listed == nil || applied?.counts != Kept(rules, listed) {
            attempt("probes are not counted, and traffic of no connection has no name", &state) {
                () throws(ToolFault) in
                _ = try tools.run("nft", ["-f", "-"], input: rules)
            }
        }
        new.counts = Kept(rules, try? tools.run("nft", Self.inet))
    }

    /// What somebody removed or changed is named; what this kernel never had is not.
    func inspectOthers(_ state: inout NetworkState) {
        let tables = [
            ("inet \(NetworkCommands.countsName)", Self.inet, applied?.counts),
            ("netdev \(NetworkCommands.tableName)", Self.netdev, applied?.others),
        ]
        for (table, list, kept) in tables {
            guard let shown = kept?.shown, !shown.isEmpty else { continue }
            let found = try? tools.run("nft", list)
            guard found != shown else { continue }
            let loss = "probes and traffic of no connection are unattributed, without a name"
            state.absent.append("nftables: table \(table) is \(found == nil ? "gone" : "changed"): \(loss)")
        }
    }

    func clearOthers() {
        for (list, removal) in [
            (Self.inet, NetworkCommands.countsRemoval), (Self.netdev, NetworkCommands.otherRemoval),
        ] where (try? tools.run("nft", list)) != nil {
            _ = try? tools.run("nft", ["-f", "-"], input: removal)
        }
    }

    /// By path.
    func others() throws(RequestFault) -> [OtherTraffic] {
        guard let plan = applied?.current else { throw RequestFault("no plan is in force: apply one first") }
        let netdev =
            dump.read(.netdev, table: NetworkCommands.tableName)
            ?? reading.counters("netdev", NetworkCommands.tableName)
        let inet =
            dump.read(.inet, table: NetworkCommands.countsName) ?? reading.counters("inet", NetworkCommands.countsName)
        return plan.paths.enumerated().map { place, path in
            others(PathCounters(place: place, inet: inet, netdev: netdev), path)
        }
    }

    private func others(_ counters: PathCounters, _ path: NetworkPlan.Path) -> OtherTraffic {
        let header = gate.header(of: path.device) ?? 0
        var other = OtherTraffic(
            path: path.id, sent: counters.netdev("out", ""), received: counters.netdev("in", ""),
            strays: counters.strays(header: header), probes: counters.probes)
        // Taken after the link's header was taken off; what is sent still has it.
        other.received.bytes += other.received.packets * header
        return other
    }

    private typealias Kept = AppliedPlan.KeptRules
}

/// One path's counters, as the kernel has them.
private struct PathCounters {
    let place: Int
    let inet: [String: Flow.Count]
    let netdev: [String: Flow.Count]

    func netdev(_ way: String, _ kind: String) -> Flow.Count { netdev["path\(place)_\(way)\(kind)"] ?? Flow.Count() }

    private func inet(_ way: String, _ kind: String) -> Flow.Count? { inet["path\(place)_\(way)_\(kind)"] }

    var probes: TrafficCount? {
        guard let sent = inet("out", NetworkCommands.probeCounter),
            let received = inet("in", NetworkCommands.probeCounter)
        else { return nil }
        return TrafficCount(sent: sent, received: received)
    }

    func strays(header: UInt64) -> [StrayTraffic: TrafficCount] {
        var strays: [StrayTraffic: TrafficCount] = [:]
        for kind in StrayTraffic.allCases {
            let count = TrafficCount(sent: count(kind, "out", header), received: count(kind, "in", header))
            if count != TrafficCount() { strays[kind] = count }
        }
        return strays
    }

    private func count(_ kind: StrayTraffic, _ way: String, _ header: UInt64) -> Flow.Count {
        // What is sent still has the link's header.
        let header = way == "out" ? header : 0
        switch kind {
        case .icmpErrors, .invalid, .untracked, .beginningsAgain: return inet(way, kind.rawValue) ?? Flow.Count()
        case .refused:
            return (inet(way, NetworkCommands.firstCounter) ?? Flow.Count())
                .less(inet(way, NetworkCommands.keptCounter) ?? Flow.Count())
        case .fragments:
            let packets = netdev(way, "_fragment").packets
            return Flow.Count(bytes: packets * NetworkCommands.fragmentHeader, packets: packets)
        case .arp: return netdev(way, "_arp").without(header)
        case .notIP: return netdev(way, "").less(netdev(way, "_arp")).without(header)
        }
    }
}

extension Flow.Count {
    fileprivate func less(_ other: Flow.Count) -> Flow.Count {
        Flow.Count(bytes: bytes - min(bytes, other.bytes), packets: packets - min(packets, other.packets))
    }

    fileprivate func without(_ header: UInt64) -> Flow.Count {
        Flow.Count(bytes: bytes - min(bytes, packets * header), packets: packets)
    }
}

extension NetworkCommands {
    static let otherRemoval = "table netdev \(tableName)\ndelete table netdev \(tableName)\n"
    /// Of IPv4 without options.
    static let fragmentHeader: UInt64 = 20

    /// One chain for each way of each present path.
    func otherChains(_ present: Set<String>) -> [(name: String, hook: String, device: String)] {
        plan.paths.enumerated().filter { present.contains($0.element.device) }.flatMap { place, path in
            [("in", "ingress"), ("out", "egress")].map { ("path\(place)_\($0)", $1, path.device) }
        }
    }

    /// Counts what is no IP where the link takes and gives it, and fragments, which connection tracking sees joined.
    func otherRuleset(_ present: Set<String>) -> String {
        let chains = otherChains(present)
        guard !chains.isEmpty else { return Self.otherRemoval }
        let counters = chains.flatMap { chain in ["", "_arp", "_fragment"].map { "  counter \(chain.name)\($0) { }\n" }
        }
        let bodies = chains.map { chain in
            self.chain(
                chain.name,
                [
                    "type filter hook \(chain.hook) device \"\(chain.device)\" priority 0; policy accept;",
                    "meta protocol != { ip, ip6 } counter name \"\(chain.name)\"",
                    "meta protocol arp counter name \"\(chain.name)_arp\"",
                    "ip frag-off & 0x1fff != 0 counter name \"\(chain.name)_fragment\"",
                ])
        }
        return Self.otherRemoval + "table netdev \(Self.tableName) {\n" + counters.joined() + bodies.joined() + "}\n"
    }
}
