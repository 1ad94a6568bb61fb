import SimulatorKit

/// Something that happens to a path, by the control socket or by a timeline.
package enum LinkChange: Equatable, Sendable {
    case profile(LinkProfile)
    case set(LaneSetting, Set<Direction>)
    /// What arrives for so many nanoseconds is lost, what is queued waits.
    case outage(Int64)
    case dead(Bool)
    case session(Bool)
    /// A hand-over now, as long as the profile says unless there is a length.
    case handover(Int64?)
    /// The uplink's rate wanders; nil ends that.
    case capacity(CapacityWalk.Plan?)

    package static let usage = """
        profile NAME, outage DURATION, dead on|off, session up|down, handover now|DURATION, \
        capacity seed=N min=RATE max=RATE every=DURATION | capacity off, and the settings \
        \(LaneSetting.names.joined(separator: ", ")) (both directions, or one with up_ or down_ before)
        """

    /// Reads a change by name and value; throws what is accepted.
    package init(_ name: String, _ value: String) throws(ControlFault) {
        do {
            self = try Self.read(name, value)
        } catch {
            throw ControlFault("\(name): \(error.description)")
        }
    }

    private static func read(_ name: String, _ value: String) throws(ControlFault) -> LinkChange {
        switch name {
        case "profile": .profile(try LinkProfile.named(value))
        case "outage": .outage(try Nanoseconds.parse(value))
        case "dead": .dead(try choice(value, on: "on", off: "off"))
        case "session": .session(try choice(value, on: "up", off: "down"))
        case "handover": .handover(value == "now" ? nil : try Nanoseconds.parse(value))
        case "capacity": .capacity(try capacity(value))
        default: try setting(name, value)
        }
    }

    /// Of the form seed=1 min=6M max=20M every=500ms, or off.
    private static func capacity(_ text: String) throws(ControlFault) -> CapacityWalk.Plan? {
        if text == "off" { return nil }
        var members: [String: String] = [:]
        for word in text.split(separator: " ") {
            let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2 else {
                throw ControlFault("'\(word)'; accepted: seed=1 min=6M max=20M every=500ms, or off")
            }
            members[parts[0]] = parts[1]
        }
        return try capacity(members)
    }

    package static func capacity(_ members: [String: String]) throws(ControlFault) -> CapacityWalk.Plan {
        for name in members.keys.sorted() where !["seed", "min", "max", "every"].contains(name) {
            throw ControlFault("no member '\(name)'; accepted: seed, min, max, every")
        }
        guard let least = members["min"], let most = members["max"], let every = members["every"],
            let lowest = try Quantity.rate(least), let highest = try Quantity.rate(most), lowest <= highest
        else { throw ControlFault("min, max and every are needed, max not below min") }
        guard let seed = UInt64(members["seed"] ?? "1") else {
            throw ControlFault("seed is a whole number, not '\(members["seed"] ?? "")'")
        }
        let period = try Nanoseconds.parse(every)
        guard period >= 1_000_000 else { throw ControlFault("every is at least 1ms") }
        return CapacityWalk.Plan(seed: seed, lowest: lowest, highest: highest, every: period)
    }

    private static func choice(_ value: String, on: String, off: String) throws(ControlFault) -> Bool {
        guard value == on || value == off else { throw ControlFault("'\(value)'; accepted: \(on) and \(off)") }
        return value == on
    }

    private static func setting(_ name: String, _ value: String) throws(ControlFault) -> LinkChange {
        for direction in Direction.allCases where name.hasPrefix("\(direction)_") {
            let rest = String(name.dropFirst(direction.rawValue.count + 1))
            return .set(try LaneSetting(rest, value), [direction])
        }
        guard LaneSetting.names.contains(name) else {
            throw ControlFault("there is no such change; accepted: \(usage)")
        }
        return .set(try LaneSetting(name, value), Set(Direction.allCases))
    }
}
