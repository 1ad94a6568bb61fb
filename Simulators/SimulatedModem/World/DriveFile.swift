import SimulatorKit
import Yams

/// A drive in YAML: a list of points `{at, cell, tac, pci, rsrp, rsrq, sinr, rat}`.
package enum DriveFile {
    /// `name` is for the messages.
    package static func parse(_ text: String, name: String, technology: RadioTechnology) throws(ControlFault) -> Drive {
        let node: Node?
        do { node = try compose(yaml: text) } catch { throw ControlFault("\(name) is not YAML: \(error)") }
        guard let list = node?.sequence, !list.isEmpty else {
            throw ControlFault("\(name): a drive is a list of points, such as - {at: 0s, cell: 1, rsrp: -85}")
        }
        var points: [Drive.Point] = []
        for node in list {
            let place = "\(name):\(node.mark?.line ?? 0)"
            guard let mapping = node.mapping else { throw ControlFault("\(place): a point is a mapping") }
            let point = try DrivePointReader(mapping, place, technology: technology).point()
            guard point.at >= (points.last?.at ?? 0) else {
                throw ControlFault("\(place): comes before the point above it; points are in the order of 'at'")
            }
            points.append(point)
        }
        return Drive(points)
    }
}

private struct DrivePointReader {
    private static let members = ["at", "cell", "pci", "tac", "rsrp", "rsrq", "sinr", "rat", "network"]

    private let values: [String: String]
    private let place: String
    private let technology: RadioTechnology

    init(_ mapping: Node.Mapping, _ place: String, technology: RadioTechnology) throws(ControlFault) {
        (self.place, self.technology) = (place, technology)
        var values: [String: String] = [:]
        for (key, value) in mapping {
            guard let key = key.string, Self.members.contains(key), let text = value.scalar?.string else {
                let members = Self.members.joined(separator: ", ")
                throw ControlFault("\(place): '\(key.string ?? "?")' is not of a point; accepted: \(members)")
            }
            values[key] = text
        }
        self.values = values
    }

    func point() throws(ControlFault) -> Drive.Point {
        guard let at = values["at"] else { throw ControlFault("\(place): 'at' is missing, such as at: 90s") }
        let time: Int64
        do throws(ControlFault) {
            time = if let seconds = Double(at) { Int64(seconds * 1e9) } else { try Nanoseconds.parse(at) }
        } catch {
            throw ControlFault("\(place): \(error)")
        }
        guard let id = values["cell"] else {
            throw ControlFault("\(place): 'cell' is missing: a number, or no-cell")
        }
        if id == "no-cell" { return Drive.Point(at: time, cell: nil) }
        let signal = Signal(
            rsrp: try number("rsrp", or: -95), rsrq: try number("rsrq", or: -11), sinr: try number("sinr", or: 12))
        return Drive.Point(at: time, cell: try cell(id), signal: signal)
    }

    private func cell(_ id: String) throws(ControlFault) -> Cell {
        guard let number = Int(id), (0...0xFFF_FFFF).contains(number) else {
            throw ControlFault("\(place): cell '\(id)' is not a number of 0 to 268435455, nor no-cell")
        }
        let rat = values["rat"] ?? technology.rawValue
        guard let technology = RadioTechnology(rawValue: rat) else {
            throw ControlFault("\(place): rat '\(rat)' is not known; accepted: nr, nsa, lte")
        }
        var cell = Cell(id: number, technology: technology, network: values["network"])
        cell.pci = Int(try self.number("pci", or: Double(cell.pci)))
        cell.tac = Int(try self.number("tac", or: Double(cell.tac)))
        return cell
    }

    private func number(_ name: String, or standard: Double) throws(ControlFault) -> Double {
        guard let text = values[name] else { return standard }
        guard let number = Double(text), (-1e7...1e7).contains(number) else {
            throw ControlFault("\(place): \(name) '\(text)' is not a number")
        }
        return number
    }
}
