/// What is measured, and how many readings become one quantity.
package struct Meter: Hashable, Sendable {
    package enum Source: Hashable, Sendable {
        /// Bytes of the IP layer.
        case bytes
        /// Acknowledged messages, each once.
        case messages
        /// Lines assigned on a date.
        case lines
        /// Mbit/s that are reserved on a date.
        case guaranteedRate
        /// Quantities reported from outside under this name.
        case external(String)

        /// Assigned for whole dates, not recorded as it happens.
        package var isAssigned: Bool { self == .lines || self == .guaranteedRate }
    }

    package enum Direction: String, Hashable, Sendable, CaseIterable {
        case up, down, both
    }

    package enum Aggregate: String, Hashable, Sendable, CaseIterable {
        case sum, max, p95
        case timeWeighted = "time_weighted"
    }

    package enum Sample: Hashable, Sendable {
        /// Of local time from midnight; the last of a day with a change of clocks may be shorter.
        case seconds(Int)
        case day
    }

    package struct Quantize: Hashable, Sendable {
        /// In the meter's base: bytes, bit/s, or pieces.
        package var step: Rational
        package var mode: RoundingMode
        package var isPerConnection: Bool

        package init(step: Rational, mode: RoundingMode, isPerConnection: Bool) {
            self.step = step
            self.mode = mode
            self.isPerConnection = isPerConnection
        }
    }

    package var id: String
    package var source: Source
    package var direction: Direction
    /// Empty is all of them, the unattributed included.
    package var classes: [ClassFilter]
    package var unit: TariffUnit
    package var aggregate: Aggregate
    package var sample: Sample
    package var quantize: Quantize?

    package init(id: String, source: Source, unit: TariffUnit, aggregate: Aggregate = .sum) {
        self.id = id
        self.source = source
        self.unit = unit
        self.aggregate = aggregate
        direction = .both
        classes = []
        sample = source.isAssigned ? .day : .seconds(900)
    }

    /// Whether it looks at single samples, and not only at their sum.
    package var isSampled: Bool { aggregate != .sum || source.isAssigned }
}

/// Which traffic a meter counts.
package struct ClassFilter: Hashable, Sendable {
    /// A rating group's name, or a class as a number: `camera`, `0x20`.
    package let text: String
    private let number: UInt16?

    package init(_ text: String) {
        self.text = text
        number = text.hasPrefix("0x") ? UInt16(text.dropFirst(2), radix: 16) : UInt16(text)
    }

    /// False of a number that no class can have.
    package static func canMatch(_ text: String) -> Bool {
        let isNumber = text.hasPrefix("0x") || text.allSatisfy { "0123456789.-".contains($0) }
        return !isNumber || ClassFilter(text).number != nil
    }

    package func matches(group: String?, trafficClass: UInt16) -> Bool {
        text == group || number == trafficClass
    }
}

/// What a quantity is counted in.
package enum TariffUnit: Hashable, Sendable {
    package enum Bytes: String, Hashable, Sendable, CaseIterable {
        case B, kB, MB, GB, TB, KiB, MiB, GiB, TiB

        package var bytes: Int64 {
            switch self {
            case .B: 1
            case .kB: 1000
            case .MB: 1_000_000
            case .GB: 1_000_000_000
            case .TB: 1_000_000_000_000
            case .KiB: 1 << 10
            case .MiB: 1 << 20
            case .GiB: 1 << 30
            case .TiB: 1 << 40
            }
        }

        /// Nil for bytes themselves, which are both.
        package var isBinary: Bool? { self == .B ? nil : rawValue.contains("i") }
    }

    case bytes(Bytes)
    case megabits
    case messages
    case lines
    case connections
    /// Of something from outside.
    case named(String)

    package var text: String {
        switch self {
        case .bytes(let unit): unit.rawValue
        case .megabits: "Mbit/s"
        case .messages: "msg"
        case .lines: "line"
        case .connections: "conn"
        case .named(let name): name
        }
    }

    /// As a plan that passed its check writes it.
    package init(_ text: String) {
        self =
            switch text {
            case "Mbit/s": .megabits
            case "msg": .messages
            case "line": .lines
            case "conn": .connections
            default: Bytes(rawValue: text).map(TariffUnit.bytes) ?? .named(text)
            }
    }

    /// How many of the base (bytes, bit/s, pieces) one of it is.
    package var base: Rational {
        switch self {
        case .bytes(let unit): Rational(unit.bytes)
        case .megabits: Rational(1_000_000)
        case .messages, .lines, .connections, .named: .one
        }
    }
}
