import SimulatorKit

/// How a quantity lies in registers. Source: the data sheet, Docs/simulators.md.
package enum RegisterType: Equatable, Sendable, CustomStringConvertible {
    /// A coil or a discrete input.
    case bool
    /// One bit of a register, 0 the least significant.
    case bit(Int)
    case i16, u16, i32, u32, i64, u64, f32, f64
    /// Four or eight decimal digits, one in each four bits.
    case bcd16, bcd32
    /// ASCII, two characters a register, padded with NUL.
    case string(registers: Int)

    /// Addresses taken.
    package var addresses: Int {
        switch self {
        case .bool, .bit, .i16, .u16, .bcd16: 1
        case .i32, .u32, .f32, .bcd32: 2
        case .i64, .u64, .f64: 4
        case .string(let registers): registers
        }
    }

    package var description: String {
        switch self {
        case .bool: "bool"
        case .bit(let place): "bit \(place)"
        case .i16: "i16"
        case .u16: "u16"
        case .i32: "i32"
        case .u32: "u32"
        case .i64: "i64"
        case .u64: "u64"
        case .f32: "f32"
        case .f64: "f64"
        case .bcd16: "bcd16"
        case .bcd32: "bcd32"
        case .string(let registers): "string \(registers)"
        }
    }
}

/// The order of the bytes A (most significant) to D of a 32-bit quantity; others follow the same two rules.
package enum ByteSequence: String, Sendable, CaseIterable {
    /// Most significant register first, most significant byte first in each.
    case ABCD
    /// Least significant register first.
    case CDAB
    /// Bytes swapped inside each register.
    case BADC
    /// Both.
    case DCBA

    var leastRegisterFirst: Bool { self == .CDAB || self == .DCBA }
    var bytesSwapped: Bool { self == .BADC || self == .DCBA }
}

package enum Access: String, Sendable {
    case read = "R"
    case readWrite = "RW"
}

/// One row of a machine's data sheet.
package struct RegisterLayout: Equatable, Sendable {
    package let table: Table
    /// Zero-based.
    package let address: Int
    package let type: RegisterType
    package let order: ByteSequence
    /// value = raw × scale + offset
    package let scale: Double
    package let offset: Double
    /// UCUM-like text; empty for numbers without one.
    package let unit: String
    package let name: String
    package let access: Access
    /// The range a write has to keep, in `unit`; others are refused with exception 3.
    package let limits: ClosedRange<Double>?
    package let meaning: String

    package var addresses: Range<Int> { address..<(address + type.addresses) }

    /// The row as it stands in Docs/simulators.md.
    package var markdown: String {
        let order = type.addresses == 1 && !self.order.bytesSwapped ? "" : self.order.rawValue
        let access = limits.map { "\(self.access.rawValue) \($0.lowerBound.short)…\($0.upperBound.short)" }
        let cells: [String] = [
            table.rawValue, "\(address)", type.description, order, scale == 1 ? "" : scale.short,
            offset == 0 ? "" : offset.short, unit, name, access ?? self.access.rawValue, meaning,
        ]
        return "| " + cells.joined(separator: " | ") + " |"
    }

    package static let markdownHead = """
        | table | address | type | order | scale | offset | unit | name | access | meaning |
        |---|---|---|---|---|---|---|---|---|---|
        """
}
