import FieldModel

/// Which point does what for control: two purposes of one point would write over each other.
final class ControlRoles {
    private var roles: [String: (what: String, line: Int)] = [:]

    /// Reports a point that has another role already.
    func take(_ point: Point?, as what: String, _ section: Section, _ key: String) {
        guard let point else { return }
        guard let other = roles[point.id] else {
            roles[point.id] = (what, section.mark.line)
            return
        }
        section.reject(
            key, "'\(point.id)' is \(other.what) already, at line \(other.line)", remedy: "give each its own point")
    }

    /// Whether control writes the point with every drive, and as what.
    func role(of point: Point) -> String? { roles[point.id]?.what }
}

/// Whether a drive and its permit are one write, so that the machine can judge them together.
struct DriveBlock {
    let points: [Point]

    /// Two neighbours with something between them, or in different tables; nil when all lie side by side.
    var gap: (Point, Point)? {
        let sorted = points.sorted { ($0.table.rawValue, $0.address) < ($1.table.rawValue, $1.address) }
        return zip(sorted, sorted.dropFirst()).first { left, right in
            left.table != right.table || left.addresses.upperBound != right.address
        }
    }
}
