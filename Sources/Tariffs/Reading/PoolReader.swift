import Billing
import Configuration

/// Reads one pool.
struct PoolReader {
    struct Placed {
        var pool: Pool
        var section: Section
    }

    private let section: Section
    private let meters: [Meter]

    static func all(_ root: Section, meters: [Meter]) -> [Placed] {
        var placed: [Placed] = []
        var homes: [String: String] = [:]
        for section in root.sections("pools") {
            let reader = PoolReader(section: section, meters: meters)
            let members = reader.readMembers(&homes)
            guard let pool = reader.read(members) else { continue }
            guard !placed.contains(where: { $0.pool.id == pool.id }) else {
                section.reject("id", "a second pool '\(pool.id)'", remedy: "give each pool a name of its own")
                continue
            }
            placed.append(Placed(pool: pool, section: section))
        }
        return placed
    }

    /// `homes` are the pools of lines read so far.
    private func readMembers(_ homes: inout [String: String]) -> [String] {
        let name = section.text("id") ?? "this pool"
        let items = section.list("members", "a line's name") { Section.isIdentifier($0) }
        if !section.has("members") || (section.isEmptyList("members")) {
            section.reject("members", "the pool has 0 lines", remedy: "name its lines: `members: [line-1, line-2]`")
        }
        for (index, item) in items.enumerated() {
            if let home = homes[item.text] {
                section.reject(
                    item.node, in: "members[\(index)]",
                    home == name
                        ? "'\(item.text)' stands in the pool '\(name)' twice"
                        : "'\(item.text)' is in the pool '\(home)' already, and a line shares one pool only",
                    remedy: "take it out of one of the two")
            }
            homes[item.text] = homes[item.text] ?? name
        }
        return items.map(\.text)
    }

    private func read(_ members: [String]) -> Pool? {
        let id = section.require("id", section.identifier("id"), remedy: "name the pool, e.g. `id: p`")
        let meter = section.require("meter", section.text("meter"), remedy: "name the meter whose quantity is shared")
        if let meter, !meters.contains(where: { $0.id == meter }) {
            section.reject("meter", "there is no meter '\(meter)'", remedy: known(meters.map(\.id), "meters"))
        }
        let quantity = section.requiredExact(
            "qty", .notNegative, remedy: "say how much is shared, e.g. `qty: \"3000\"`")
        _ = section.choice("allocate", [("largest_remainder", true)])
        let rollOver = section.section("rollover").map { own in
            let periods = own.integer("periods", in: 0...120) ?? 1
            let cap = own.isNull("cap") ? nil : own.exact("cap", .notNegative)
            _ = own.choice("order", [("expiring_first", true)])
            own.finish()
            return Pool.RollOver(periods: periods, cap: cap?.value)
        }
        section.finish()
        guard let id, let none = quantity ?? DecimalText("0") else { return nil }
        return Pool(id: id, members: members, meter: meter ?? "", quantity: none, rollOver: rollOver)
    }
}

/// `meters here: data, conn`
func known(_ names: [String], _ what: String) -> String {
    names.isEmpty ? "add it under `\(what):`" : "\(what) here: \(names.joined(separator: ", "))"
}

extension Section {
    func isEmptyList(_ key: String) -> Bool {
        if case .sequence(let items)? = node(key)?.content { items.isEmpty } else { false }
    }
}
