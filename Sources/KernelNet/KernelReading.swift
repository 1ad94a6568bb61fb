import FieldModel
import JSONText

/// What the kernel has now, read by its tools.
package struct KernelReading {
    package var tools: any NetworkTools

    package init(tools: any NetworkTools) { self.tools = tools }

    package enum Queue: Hashable {
        case plain
        /// Ours: classes by name, and pfifo limits by class.
        case ours
        /// Somebody else's, by its kind.
        case foreign(String)
    }

    package struct Class: Hashable {
        package var name: String
        package var parent: String
        /// kbit/s.
        package var rate: Int64
        package var ceil: Int64
    }

    package func isThere(_ device: String) -> Bool {
        !tools.objects("ip", ["-j", "link", "show", "dev", device]).isEmpty
    }

    package func address(of device: String) -> NetworkCommands.Address? {
        let links = tools.objects("ip", ["-j", "-4", "addr", "show", "dev", device])
        for case .array(let entries)? in links.map({ $0["addr_info"] }) {
            for entry in entries where entry.string("scope") == "global" {
                guard let address = entry.string("local").flatMap({ IPv4Address($0) }),
                    let prefix = entry.whole("prefixlen")
                else { continue }
                return NetworkCommands.Address(address: address, prefix: prefix)
            }
        }
        return nil
    }

    package func rules() -> Set<PolicyRule> {
        Set(tools.objects("ip", ["-N", "-j", "-d", "rule", "show"]).compactMap(Self.rule))
    }

    package func routes() -> Set<PathRoute> {
        let list = ["-N", "-j", "-d", "route", "show", "table", "all", "proto", "\(NetworkCommands.mark)"]
        return Set(
            tools.objects("ip", list).compactMap { entry in
                guard let destination = entry.string("dst"), let device = entry.string("dev"),
                    let table = entry.string("table").flatMap({ Int($0) })
                else { return nil }
                var patience: Int?
                if case .array(let metrics)? = entry["metrics"] { patience = metrics.first?.whole("rto_min") }
                return PathRoute(
                    destination: destination, gateway: entry.string("gateway"), device: device,
                    source: entry.string("prefsrc"), table: table, patience: patience)
            })
    }

    package func queue(of device: String) -> Queue {
        let all = tools.objects("tc", ["-j", "qdisc", "show", "dev", device])
        guard let root = all.first(where: { $0["root"] == .bool(true) }) else { return .plain }
        return Self.queue(root)
    }

    package static func queue(_ root: JSONValue) -> Queue {
        guard let handle = root.string("handle"), handle != "0:" else { return .plain }
        let kind = root.string("kind") ?? "?"
        let isOurs = kind == "htb" && handle == "1:" && root["options"]?.whole("r2q") == NetworkCommands.signature
        return isOurs ? .ours : .foreign(kind)
    }

    /// Devices whose root queue is one made here.
    package func shapedDevices() -> [String] {
        tools.objects("tc", ["-j", "qdisc", "show"]).filter { $0["root"] == .bool(true) && Self.queue($0) == .ours }
            .compactMap { $0.string("dev") }
    }

    /// pfifo limits by class.
    package func limits(of device: String) -> [String: Int] {
        var limits: [String: Int] = [:]
        for entry in tools.objects("tc", ["-j", "qdisc", "show", "dev", device]) where entry.string("kind") == "pfifo" {
            guard let parent = entry.string("parent"), let limit = entry["options"]?.whole("limit") else { continue }
            limits[parent] = limit
        }
        return limits
    }

    /// HTB's classes: iproute2 6.1 has no JSON for them.
    package func classes(of device: String) -> [Class] {
        let text = (try? tools.run("tc", ["class", "show", "dev", device])) ?? ""
        return text.split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ").map(String.init)
            guard words.count > 4, words[0] == "class", words[1] == "htb" else { return nil }
            func after(_ word: String) -> String? {
                words.firstIndex(of: word).flatMap { $0 + 1 < words.count ? words[$0 + 1] : nil }
            }
            guard let rate = after("rate").flatMap(Self.kilobits), let ceil = after("ceil").flatMap(Self.kilobits)
            else { return nil }
            return Class(name: words[2], parent: after("parent") ?? "1:", rate: rate, ceil: ceil)
        }
    }

    /// As `tc` prints a rate: 18512Kbit, 20Mbit, 800bit.
    package static func kilobits(_ text: String) -> Int64? {
        for (unit, factor) in [("Gbit", 1_000_000_000), ("Mbit", 1_000_000), ("Kbit", 1_000), ("bit", 1)]
            as [(String, Int64)]
        {
            guard text.hasSuffix(unit) else { continue }
            return Int64(text.dropLast(unit.utf8.count)).map { $0 * factor / 1000 }
        }
        return nil
    }

    /// The ruleset without counters; nil when there is none.
    package func ruleset() -> String? {
        try? tools.run("nft", ["-s", "list", "table", "inet", NetworkCommands.tableName])
    }

    /// Named counters of one of FieldGate's tables.
    package func counters(_ family: String, _ table: String) -> [String: Flow.Count] {
        named("counter", list: "counters", family, table) { entry in
            Flow.Count(bytes: UInt64(entry.whole("bytes") ?? 0), packets: UInt64(entry.whole("packets") ?? 0))
        }
    }

    /// Bytes used of named quotas.
    package func quotas() -> [String: Int64] {
        named("quota", list: "quotas", "inet", NetworkCommands.tableName) { Int64($0.whole("used") ?? 0) }
    }

    private func named<Value>(
        _ kind: String, list: String, _ family: String, _ table: String, _ read: (JSONValue) -> Value
    ) -> [String: Value] {
        let words = ["-j", "list", list, "table", family, table]
        guard let text = try? tools.run("nft", words), case .array(let entries)? = JSONValue(text)?["nftables"] else {
            return [:]
        }
        let found = entries.compactMap { $0[kind] }.compactMap { entry in
            entry.string("name").map { ($0, read(entry)) }
        }
        return Dictionary(found) { $1 }
    }

    private static func rule(_ entry: JSONValue) -> PolicyRule? {
        guard entry.string("protocol") == "\(NetworkCommands.mark)", let priority = entry.whole("priority"),
            let table = entry.string("table").flatMap({ Int($0) })
        else { return nil }
        let selector: PolicyRule.Selector
        if let mark = entry.string("fwmark") {
            selector = .mark(Int(mark.dropFirst(2), radix: 16) ?? 0)
        } else if let device = entry.string("oif") {
            selector = .output(device)
        } else if let device = entry.string("iif") {
            selector = .input(device)
        } else if entry.whole("suppress_prefixlen") != nil {
            selector = .near
        } else if let source = entry.string("src"), source != "all" {
            selector = .source(source)
        } else {
            selector = .everything
        }
        return PolicyRule(priority: priority, selector: selector, table: table)
    }
}
