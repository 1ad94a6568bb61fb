import Platform

/// How full the table of connections is, and how often it had no room.
package struct TableFill: Hashable, Sendable {
    package var count: Int
    package var limit: Int
    /// Connections that found no room, since the namespace began.
    package var refused: Int

    package init(count: Int, limit: Int, refused: Int = 0) {
        self.count = count
        self.limit = limit
        self.refused = refused
    }

    package var share: Double { limit > 0 ? Double(count) / Double(limit) : 0 }
    package var percent: Int { limit > 0 ? count * 100 / limit : 0 }

    /// Of this network namespace; nil when it has no connection tracking.
    package static func read(proc: String = "/proc/sys/") -> TableFill? {
        func number(_ key: String) -> Int? {
            KernelSetting.read(proc + KernelSetting.path("net.netfilter.nf_conntrack_\(key)")).flatMap { Int($0) }
        }
        guard let count = number("count"), let limit = number("max") else { return nil }
        return TableFill(
            count: count, limit: limit,
            refused: FileText.read("/proc/thread-self/net/stat/nf_conntrack").map(refused) ?? 0)
    }

    /// `drop` and `early_drop` of all processors: a line of names, then one of hexadecimal numbers for each.
    package static func refused(_ text: String) -> Int {
        let lines = text.split(separator: "\n").map { $0.split(separator: " ") }
        guard let names = lines.first else { return 0 }
        let places = names.indices.filter { names[$0] == "drop" || names[$0] == "early_drop" }
        return lines.dropFirst().reduce(0) { sum, words in
            places.reduce(sum) { $0 + ($1 < words.count ? Int(words[$1], radix: 16) ?? 0 : 0) }
        }
    }
}

/// Whether ends of connections wait for a late reader, or are lost.
///
/// While they wait they fill the table, and a full table lets nobody begin: so a full table costs ends, and never traffic.
package struct Reliability: Hashable, Sendable {
    package enum Change: Hashable, Sendable { case left, returned }

    private static let leaveAt = 0.70
    private static let returnAt = 0.50

    package private(set) var isOn = true

    package init() {}

    package mutating func update(_ fill: TableFill) -> Change? {
        if isOn, fill.share > Self.leaveAt {
            isOn = false
            return .left
        }
        if !isOn, fill.share < Self.returnAt {
            isOn = true
            return .returned
        }
        return nil
    }
}

/// What has come to be doubtful: each doubt is told once, when it begins.
package struct DoubtLedger: Hashable, Sendable {
    package private(set) var current: [String] = []

    package init() {}

    /// The doubts that were not there at the last look.
    package mutating func update(_ doubts: [String]) -> [String] {
        defer { current = doubts }
        return doubts.filter { !current.contains($0) }
    }
}
