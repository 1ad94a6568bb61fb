import SimulatorKit

/// Exact counts for each flow of one direction: the oracle for whoever meters the same traffic.
struct FlowTable {
    struct Counts {
        var offered = Tally()
        var delivered = Tally()
    }

    /// Flows beyond this many are counted together.
    private static let limit = 65_536

    private var places: [FlowKey: Int] = [:]
    private var counts: [Counts] = []
    private var rest = Counts()
    private var recent: (key: FlowKey, place: Int)?

    mutating func offer(_ key: FlowKey, _ bytes: Int) {
        guard let place = place(of: key) else { return rest.offered.add(bytes) }
        counts[place].offered.add(bytes)
    }

    mutating func deliver(_ key: FlowKey, _ bytes: Int) {
        guard let place = place(of: key) else { return rest.delivered.add(bytes) }
        counts[place].delivered.add(bytes)
    }

    /// In the order of their first packets.
    func json(_ path: PathName, _ direction: Direction) -> [JSON] {
        var rows = places.sorted { $0.value < $1.value }.map { key, place in
            Self.row(key, counts[place], path, direction)
        }
        if rest.offered.packets > 0 {
            rows.append(
                .members([
                    "path": .string(path.rawValue), "direction": .string(direction.rawValue),
                    "protocol": .string("others"), "offered": rest.offered.json, "delivered": rest.delivered.json,
                ]))
        }
        return rows
    }

    private mutating func place(of key: FlowKey) -> Int? {
        if let recent, recent.key == key { return recent.place }
        if let place = places[key] {
            recent = (key, place)
            return place
        }
        guard counts.count < Self.limit else { return nil }
        places[key] = counts.count
        counts.append(Counts())
        return counts.count - 1
    }

    private static func row(_ key: FlowKey, _ counts: Counts, _ path: PathName, _ direction: Direction) -> JSON {
        .members([
            "path": .string(path.rawValue), "direction": .string(direction.rawValue),
            "protocol": .string(key.transportName), "source": .string(key.sourceAddress),
            "source_port": .integer(Int64(key.sourcePort)), "destination": .string(key.destinationAddress),
            "destination_port": .integer(Int64(key.destinationPort)), "offered": counts.offered.json,
            "delivered": counts.delivered.json,
        ])
    }
}
