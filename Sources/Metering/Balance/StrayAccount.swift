import FieldModel

/// What a path carried that is in no connection's counters, by name, both ways.
struct StrayAccount: Hashable, Sendable {
    struct Bytes: Hashable, Sendable {
        var up: UInt64 = 0
        var down: UInt64 = 0
    }

    private var counters: [StrayTraffic: Counter] = [:]
    private var hasBeenRead = false
    /// Since the last record.
    private(set) var open: [StrayTraffic: Bytes] = [:]
    /// Since counting began.
    private(set) var all: [StrayTraffic: Bytes] = [:]

    private struct Counter: Hashable, Sendable {
        var up: HeldCount
        var down: HeldCount
    }

    init() {}

    mutating func take(_ reading: [StrayTraffic: TrafficCount]) {
        for kind in StrayTraffic.allCases {
            let now = reading[kind] ?? TrafficCount()
            var counter = counters[kind] ?? Counter(up: begin, down: begin)
            let (up, down) = (counter.up.grow(to: now.sent.bytes), counter.down.grow(to: now.received.bytes))
            counters[kind] = counter
            guard up > 0 || down > 0 else { continue }
            open[kind, default: Bytes()].up += up
            open[kind, default: Bytes()].down += down
            all[kind, default: Bytes()].up += up
            all[kind, default: Bytes()].down += down
        }
        hasBeenRead = true
    }

    private var begin: HeldCount { HeldCount(hasBeenRead ? 0 : nil) }

    // MARK: In records

    static let baseName = "base_named"

    /// What was named since the last call, and where the counters stand.
    mutating func takeNotes() -> [UsageNote] {
        var notes: [UsageNote] = []
        for kind in StrayTraffic.allCases {
            guard let bytes = open[kind] else { continue }
            if bytes.up > 0 { notes.append(UsageNote(kind.rawValue + "_up", "\(bytes.up)")) }
            if bytes.down > 0 { notes.append(UsageNote(kind.rawValue + "_dn", "\(bytes.down)")) }
        }
        open = [:]
        return hasBeenRead ? notes + [UsageNote(Self.baseName, base)] : notes
    }

    /// `icmp_errors:120:340 arp:28:28`, without those that are 0.
    private var base: String {
        StrayTraffic.allCases.compactMap { kind in
            guard let counter = counters[kind], let up = counter.up.most, let down = counter.down.most, up + down > 0
            else { return nil }
            return "\(kind.rawValue):\(up):\(down)"
        }.joined(separator: " ")
    }

    /// As a record left it.
    init(base: String) {
        hasBeenRead = true
        for word in base.split(separator: " ") {
            let parts = word.split(separator: ":")
            guard parts.count == 3, let kind = StrayTraffic(rawValue: String(parts[0])), let up = UInt64(parts[1]),
                let down = UInt64(parts[2])
            else { continue }
            counters[kind] = Counter(up: HeldCount(up), down: HeldCount(down))
        }
    }
}
