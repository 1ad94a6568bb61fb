import SimulatorKit

/// One setting of a direction and the value it gets.
package struct LaneSetting: Equatable, Sendable, CustomStringConvertible {
    package let name: String
    package let value: String

    package var description: String { "\(name) \(value)" }

    private typealias Edit = @Sendable (inout LaneSettings, String) throws(ControlFault) -> Void

    /// Every setting: its name, and how its text changes the values.
    private static let table: [(name: String, edit: Edit)] =
        [
            ("rate", { (lane, text) throws(ControlFault) in lane.rate = try Quantity.rate(text) }),
            ("queue", { (lane, text) throws(ControlFault) in lane.queueBytes = try Quantity.bytes(text) }),
            ("delay", { (lane, text) throws(ControlFault) in lane.delay = try Nanoseconds.parse(text) }),
            ("jitter", { (lane, text) throws(ControlFault) in lane.jitter = try Nanoseconds.parse(text) }),
            ("shape", { (lane, text) throws(ControlFault) in lane.shape = try shape(text) }),
            ("loss", { (lane, text) throws(ControlFault) in lane.loss = try Quantity.share(text) }),
            ("burst", { (lane, text) throws(ControlFault) in lane.burst = try burst(text) }),
            ("duplicate", { (lane, text) throws(ControlFault) in lane.duplicate = try Quantity.share(text) }),
            ("reorder", { (lane, text) throws(ControlFault) in lane.reorder = try Quantity.share(text) }),
            ("reorder_by", { (lane, text) throws(ControlFault) in lane.reorderBy = try Nanoseconds.parse(text) }),
            ("handover_every", { (lane, text) throws(ControlFault) in lane.handover.every = try period(text) }),
            (
                "handover_gap",
                { (lane, text) throws(ControlFault) in
                    (lane.handover.shortest, lane.handover.longest) = try Quantity.durations(text)
                }
            ),
            ("handover_mode", { (lane, text) throws(ControlFault) in lane.handover.drops = try drops(text) }),
            ("outage_every", { (lane, text) throws(ControlFault) in lane.outages.every = try period(text) }),
            (
                "outage_length",
                { (lane, text) throws(ControlFault) in
                    (lane.outages.shortest, lane.outages.longest) = try Quantity.durations(text)
                }
            ),
        ]

    package static var names: [String] { table.map(\.name) }

    /// Reads a setting; throws what is accepted.
    package init(_ name: String, _ value: String) throws(ControlFault) {
        guard let row = Self.table.first(where: { $0.name == name }) else {
            let names = Self.names.joined(separator: ", ")
            throw ControlFault("no setting '\(name)'; accepted, also with up_ or down_ before: \(names)")
        }
        var trial = LaneSettings()
        try row.edit(&trial, value)
        (self.name, self.value) = (name, value)
    }

    package func apply(to settings: inout LaneSettings) {
        // The text has been read once, in init, so it can be read again.
        guard let row = Self.table.first(where: { $0.name == name }) else { return }
        try? row.edit(&settings, value)
    }

    private static func shape(_ text: String) throws(ControlFault) -> DelayShape {
        guard let shape = DelayShape(rawValue: text) else {
            throw ControlFault("'\(text)' is no shape; accepted: uniform, normal, tail")
        }
        return shape
    }

    private static func burst(_ text: String) throws(ControlFault) -> Double {
        guard let burst = Double(text), (1...10_000).contains(burst) else {
            throw ControlFault("'\(text)' is no mean burst; accepted: 1 to 10000 packets")
        }
        return burst
    }

    private static func period(_ text: String) throws(ControlFault) -> Int64 {
        if text == "never" { return 0 }
        let period = try Nanoseconds.parse(text)
        guard period >= 1_000_000 else {
            throw ControlFault("'\(text)' is too short a period; accepted: 1ms and more, or never")
        }
        return period
    }

    private static func drops(_ text: String) throws(ControlFault) -> Bool {
        guard text == "hold" || text == "drop" else { throw ControlFault("'\(text)': accepted are hold and drop") }
        return text == "drop"
    }
}
