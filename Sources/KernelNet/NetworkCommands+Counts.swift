import FieldModel

/// The nftables side: counters of what is in no connection's counters, by name, and of all probes together.
///
/// A table of its own, that nobody's plan replaces: its counters run on. It only counts, where nothing is decided any
/// more: what arrives, right after connection tracking and the first mark; what leaves, after classes and quotas.
extension NetworkCommands {
    package static let countsName = "fieldgate_counts"
    static let countsRemoval = "table inet \(countsName)\ndelete table inet \(countsName)\n"

    /// Names of the counters behind `path0_in_` and `path0_out_`.
    static let probeCounter = "probe"
    static let firstCounter = "first"
    static let keptCounter = "kept"
    private static let ways = ["in", "out"]
    private static let both: [StrayTraffic] = [.icmpErrors, .invalid, .untracked, .beginningsAgain]

    /// The whole table is replaced, or nothing is.
    package var counts: String {
        guard !plan.paths.isEmpty else { return Self.countsRemoval }
        let names = (Self.both.map(\.rawValue) + [Self.probeCounter]).flatMap { name in
            plan.paths.indices.flatMap { place in Self.ways.map { "path\(place)_\($0)_\(name)" } }
        }
        let firsts = plan.paths.indices.flatMap { place in
            [Self.firstCounter, Self.keptCounter].map { "path\(place)_in_\($0)" }
        }
        let counters = (names + firsts).map { "  counter \($0) { }\n" }.joined()
        let chains =
            [arrived, leaving, kept]
            + plan.paths.indices.flatMap { place in
                Self.ways.map { chain("path\(place)_\($0)", counting(place, $0)) }
            }
        return Self.countsRemoval + "table inet \(Self.countsName) {\n" + counters + chains.joined(separator: "\n")
            + "}\n"
    }

    private var arrived: String {
        chain(
            "arrived",
            ["type filter hook prerouting priority -149; policy accept;"]
                + plan.paths.enumerated().map { "iifname \"\($1.device)\" goto path\($0)_in" })
    }

    /// A packet that was forwarded from path to path was counted as kept before it is counted as sent.
    private var leaving: String {
        let forwarded = plan.paths.enumerated().map { place, path in
            "iifname \"\(path.device)\" \(Self.isFirst) counter name \"path\(place)_in_\(Self.keptCounter)\""
        }
        return chain(
            "leaving",
            ["type filter hook postrouting priority 95; policy accept;"] + forwarded
                + plan.paths.enumerated().map { "oifname \"\($1.device)\" goto path\($0)_out" })
    }

    /// What this machine takes itself: last before connection tracking takes the connection into its table.
    private var kept: String {
        chain(
            "kept",
            ["type filter hook input priority 2147483646; policy accept;"]
                + plan.paths.enumerated().map { place, path in
                    "iifname \"\(path.device)\" \(Self.isFirst)"
                        + " counter name \"path\(place)_in_\(Self.keptCounter)\""
                })
    }

    /// Its connection is in no table yet: dropped now, it leaves no trace.
    private static let isFirst = "ct state new ct status & confirmed == 0"

    private func counting(_ place: Int, _ way: String) -> [String] {
        func count(_ name: String) -> String { "counter name \"path\(place)_\(way)_\(name)\"" }
        func count(_ kind: StrayTraffic) -> String { count(kind.rawValue) }
        let probes = Self.hex(
            UsageMark(path: place, trafficClass: UsageMark.control, cameFromOutside: false, isProbe: true).bits)
        let errors = "destination-unreachable"
        return [
            "icmp type { \(errors), source-quench, redirect, time-exceeded, parameter-problem }"
                + " \(count(.icmpErrors)) accept",
            "icmpv6 type { \(errors), packet-too-big, time-exceeded, parameter-problem } \(count(.icmpErrors)) accept",
            "ct state invalid \(count(.invalid)) accept",
            "ct state untracked \(count(.untracked)) accept",
            "ct mark \(probes) \(count(Self.probeCounter)) accept",
            "tcp flags & (fin | syn | rst | ack) == syn ct direction original ct state established"
                + " \(count(.beginningsAgain)) accept",
        ] + (way == "in" ? ["\(Self.isFirst) \(count(Self.firstCounter))"] : [])
    }
}
