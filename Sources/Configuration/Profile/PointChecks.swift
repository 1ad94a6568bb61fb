import FieldModel

/// What can only be judged over all points of a profile: names, room, overlaps.
struct PointChecks {
    let points: [ProfileReader.Placed]
    let limits: (registers: Int, coils: Int)
    /// What was said of an entry: a series says it once, and not for each of its points.
    private var told: Set<String> = []

    init(points: [ProfileReader.Placed], limits: (registers: Int, coils: Int)) {
        self.points = points
        self.limits = limits
    }

    mutating func run() {
        checkNames()
        for placed in points { checkRoom(placed) }
        for table in RegisterTable.allCases { checkOverlaps(in: table) }
    }

    private mutating func checkNames() {
        var first: [String: Section] = [:]
        for placed in points {
            guard let before = first.updateValue(placed.section, forKey: placed.point.id),
                isNews("name", placed.section, before)
            else { continue }
            placed.section.reject(
                "id", "the id '\(placed.point.id)' is taken already, at line \(before.mark.line)",
                remedy: "give each point a name of its own")
        }
    }

    private mutating func checkRoom(_ placed: ProfileReader.Placed) {
        let point = placed.point
        if point.addresses.upperBound > 65_536, isNews("room", placed.section) {
            placed.section.reject(
                "address", "'\(point.id)' ends at \(point.addresses.upperBound - 1), beyond the last address, 65535",
                remedy: "correct the address, the type or the series")
        }
        let limit = point.table.holdsBits ? limits.coils : limits.registers
        if point.type.width > limit, isNews("width", placed.section) {
            placed.section.reject(
                "type", "'\(point.id)' takes \(point.type.width) registers, and one read brings \(limit)",
                remedy: "raise max_registers as far as the device allows, or shorten the point")
        }
    }

    private mutating func checkOverlaps(in table: RegisterTable) {
        let sorted = points.filter { $0.point.table == table }.sorted {
            ($0.point.address, $0.point.type.width, $0.section.mark.line)
                < ($1.point.address, $1.point.type.width, $1.section.mark.line)
        }
        for (index, placed) in sorted.enumerated() {
            for other in sorted[(index + 1)...] {
                guard other.point.address < placed.point.addresses.upperBound else { break }
                guard collide(placed.point, other.point) else { continue }
                let shared = other.point.address
                let (later, earlier) =
                    placed.section.mark.line > other.section.mark.line ? (placed, other) : (other, placed)
                guard isNews("overlap", later.section, earlier.section) else { continue }
                later.section.reject(
                    "address",
                    "'\(later.point.id)' overlaps '\(earlier.point.id)' (line \(earlier.section.mark.line)) "
                        + "at \(table.rawValue) \(shared)",
                    remedy: "correct an address or a type; only bits may share a register")
            }
        }
    }

    private mutating func isNews(_ kind: String, _ section: Section, _ other: Section? = nil) -> Bool {
        told.insert("\(kind) \(section.path) \(other?.path ?? "")").inserted
    }

    /// Bits may stand beside other bits, and beside one point over their register.
    private func collide(_ left: Point, _ right: Point) -> Bool {
        switch (left.type, right.type) {
        case (.bit(let a), .bit(let b)): a == b
        case (.bit, _), (_, .bit): false
        default: true
        }
    }
}
