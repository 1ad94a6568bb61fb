/// A value that a point is to have, or is asked for.
public struct PointCondition: Hashable, Sendable {
    public var point: Point
    public var value: CommandValue

    public init(point: Point, value: CommandValue) {
        self.point = point
        self.value = value
    }

    /// Whether the point was read with this value. A number is true of a bit when it is not 0, and the other way round.
    public func holds(_ reading: Reading) -> Bool {
        guard case .good(let held) = reading else { return false }
        switch (held, value) {
        case (.bool(let held), .bool(let wanted)): return held == wanted
        case (.bool(let held), .number(let wanted)): return held == (wanted != .zero)
        case (.decimal(let held), .number(let wanted)): return held.double == wanted.double
        case (.decimal(let held), .bool(let wanted)): return (held != .zero) == wanted
        case (.float(let held), .number(let wanted)): return held == Float(wanted.double)
        case (.double(let held), .number(let wanted)): return held == wanted.double
        case (.text(let held), .text(let wanted)): return held == wanted
        default: return held.description == value.description
        }
    }
}

extension PointCondition {
    /// A number as a person writes it.
    static func text(of value: Double) -> String {
        Int64(exactly: value).map { "\($0)" } ?? "\(value)"
    }
}
