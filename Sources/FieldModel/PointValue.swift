/// One value in engineering units.
///
/// Integers scaled by a decimal stay exact decimals; binary numbers keep the width the device sent, so that they print
/// as short as they are.
public enum PointValue: Hashable, Sendable {
    case bool(Bool)
    /// An integer, or an exact decimal when `digits` is above 0.
    case decimal(DecimalNumber)
    /// An integer above `Int64.max`.
    case unsigned(UInt64)
    case float(Float)
    case double(Double)
    case text(String)

    public static func integer(_ value: Int64) -> PointValue { .decimal(DecimalNumber(mantissa: value)) }
}

extension PointValue: CustomStringConvertible {
    public var description: String {
        switch self {
        case .bool(let value): value ? "true" : "false"
        case .decimal(let value): value.description
        case .unsigned(let value): String(value)
        case .float(let value): value.description
        case .double(let value): value.description
        case .text(let value): value
        }
    }
}
