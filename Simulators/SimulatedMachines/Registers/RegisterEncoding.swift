import SimulatorKit

/// What a row carries, before scale and order.
package enum Quantity: Equatable, Sendable {
    /// In the row's unit.
    case number(Double)
    /// Raw, for the counters that a Double can't hold exactly.
    case integer(Int64)
    case flag(Bool)
    case text(String)
}

extension RegisterLayout {
    /// The registers as they go onto the wire. A number beyond the type's range is held at its end; NaN is sent as 0.
    package func encode(_ quantity: Quantity) -> [UInt16] {
        switch (type, quantity) {
        case (.string(let registers), .text(let text)): arrange(Self.characters(text, registers))
        case (_, .integer(let raw)): arrange(encode(raw: raw))
        case (_, .number(let value)): arrange(encode(number: value))
        case (.bit(let place), .flag(let set)): arrange([set ? 1 << UInt16(place) : 0])
        case (_, .flag(let set)): [set ? 1 : 0]
        case (_, .text): preconditionFailure("\(name): text in a row of type \(type)")
        }
    }

    /// The value in the row's unit, from registers as they came off the wire.
    package func decode(_ registers: [UInt16]) -> Double? {
        let words = arrange(registers)
        let bits = words.reduce(UInt64(0)) { $0 << 16 | UInt64($1) }
        let raw: Double? =
            switch type {
            case .bool, .u16, .u32, .u64: Double(bits)
            case .bit(let place): Double(bits >> UInt64(place) & 1)
            case .i16: Double(Int16(truncatingIfNeeded: bits))
            case .i32: Double(Int32(truncatingIfNeeded: bits))
            case .i64: Double(Int64(bitPattern: bits))
            case .f32: Double(Float(bitPattern: UInt32(truncatingIfNeeded: bits)))
            case .f64: Double(bitPattern: bits)
            case .bcd16, .bcd32: Self.digits(bits, registers.count * 4)
            case .string: nil
            }
        return raw.map { $0 * scale + offset }
    }

    private func encode(number value: Double) -> [UInt16] {
        switch type {
        case .f32: return Self.words(UInt64(Float((value - offset) / scale).bitPattern), 2)
        case .f64: return Self.words(((value - offset) / scale).bitPattern, 4)
        default: break
        }
        let raw = ((value - offset) / scale).rounded()
        return encode(raw: raw.isNaN ? 0 : Int64(raw.clamped(to: -9.2e18...9.2e18)))
    }

    private func encode(raw: Int64) -> [UInt16] {
        switch type {
        case .i16: Self.words(UInt64(bitPattern: Int64(Int16(clamping: raw))), 1)
        case .i32: Self.words(UInt64(bitPattern: Int64(Int32(clamping: raw))), 2)
        case .i64: Self.words(UInt64(bitPattern: raw), 4)
        case .u16: Self.words(UInt64(UInt16(clamping: raw)), 1)
        case .u32: Self.words(UInt64(UInt32(clamping: raw)), 2)
        case .u64: Self.words(UInt64(clamping: raw), 4)
        case .bcd16: Self.words(Self.decimal(min(9_999, max(0, raw))), 1)
        case .bcd32: Self.words(Self.decimal(min(99_999_999, max(0, raw))), 2)
        case .bool, .bit, .f32, .f64, .string: preconditionFailure("\(name): an integer in a row of type \(type)")
        }
    }

    /// From most significant register first to the row's order, and back: the same steps.
    private func arrange(_ words: [UInt16]) -> [UInt16] {
        var words = words
        if case .string = type {} else if order.leastRegisterFirst { words.reverse() }
        return order.bytesSwapped ? words.map(\.byteSwapped) : words
    }

    private static func words(_ bits: UInt64, _ count: Int) -> [UInt16] {
        (0..<count).reversed().map { UInt16(truncatingIfNeeded: bits >> UInt64(16 * $0)) }
    }

    private static func decimal(_ value: Int64) -> UInt64 {
        var (rest, bits, shift) = (UInt64(value), UInt64(0), UInt64(0))
        while rest > 0 {
            bits |= (rest % 10) << shift
            (rest, shift) = (rest / 10, shift + 4)
        }
        return bits
    }

    /// nil when a digit is above 9.
    private static func digits(_ bits: UInt64, _ count: Int) -> Double? {
        var value = 0.0
        for place in (0..<count).reversed() {
            let digit = bits >> UInt64(4 * place) & 0xF
            guard digit <= 9 else { return nil }
            value = value * 10 + Double(digit)
        }
        return value
    }

    private static func characters(_ text: String, _ registers: Int) -> [UInt16] {
        var bytes = Array(text.utf8.prefix(2 * registers))
        bytes.append(contentsOf: repeatElement(0, count: 2 * registers - bytes.count))
        return (0..<registers).map { UInt16(bytes[2 * $0]) << 8 | UInt16(bytes[2 * $0 + 1]) }
    }
}
