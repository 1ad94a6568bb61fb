/// Why a value cannot be put into a point's registers.
public enum EncodingFault: Error, Hashable, Sendable {
    /// The value is of another kind: text for a number, a number for a coil.
    case wrongKind(expected: String)
    /// The registers cannot hold it; the limits are in engineering units.
    case outOfRange(String)
}

/// Turns a value in engineering units into a point's registers.
public struct RegisterEncoder: Sendable {
    private let type: PointType
    private let order: ByteOrder
    private let scaling: Scaling

    public init(_ point: Point) {
        type = point.type
        order = point.order
        scaling = point.type.isNumber ? point.scaling : .none
    }

    /// Numbers between two steps of the device's resolution go to the nearer one, halves away from zero.
    public func encode(_ value: CommandValue) throws(EncodingFault) -> [UInt16] {
        switch type {
        case .bool: return [try truth(value) ? 1 : 0]
        case .bit: throw .wrongKind(expected: "a whole register: single bits are not written")
        case .u16: return words(try integer(value, 0...0xFFFF))
        case .i16: return words(try integer(value, -0x8000...0x7FFF))
        case .u32: return words(try integer(value, 0...0xFFFF_FFFF))
        case .i32: return words(try integer(value, -0x8000_0000...0x7FFF_FFFF))
        case .u64: return words(try integer(value, 0...Int128(UInt64.max)))
        case .i64: return words(try integer(value, Int128(Int64.min)...Int128(Int64.max)))
        case .bcd16: return words(Self.binaryCodedDecimal(try integer(value, 0...9999)))
        case .bcd32: return words(Self.binaryCodedDecimal(try integer(value, 0...99_999_999)))
        case .f32:
            let float = Float(try unscaled(value))
            guard float.isFinite else { throw .outOfRange("a 32-bit float cannot hold it") }
            return words(Int128(float.bitPattern))
        case .f64: return words(Int128(try unscaled(value).bitPattern))
        case .string(let registers): return try text(value, registers: registers)
        }
    }

    private func truth(_ value: CommandValue) throws(EncodingFault) -> Bool {
        switch value {
        case .bool(let truth): return truth
        case .number(let number) where number == .zero: return false
        case .number(let number) where number == .one: return true
        default: throw .wrongKind(expected: "true or false")
        }
    }

    private func integer(_ value: CommandValue, _ range: ClosedRange<Int128>) throws(EncodingFault) -> Int128 {
        let raw: Int128
        switch value {
        case .number(let number):
            raw = try quotient(number)
        case .real(let real):
            let scaled = ((real - scaling.offset.double) / scaling.scale.double).rounded()
            guard let whole = Int128(exactly: scaled) else { throw .outOfRange("the registers cannot hold it") }
            raw = whole
        default: throw .wrongKind(expected: "a number")
        }
        guard range.contains(raw) else {
            throw .outOfRange(
                "the register's \(type.name) holds \(range.lowerBound) to \(range.upperBound) before scaling")
        }
        return raw
    }

    /// (value − offset) ÷ scale, exactly, then to the nearest integer.
    private func quotient(_ value: DecimalNumber) throws(EncodingFault) -> Int128 {
        let negated = DecimalNumber(mantissa: -scaling.offset.mantissa, digits: scaling.offset.digits)
        guard let shifted = value.adding(negated) else { throw .outOfRange("the registers cannot hold it") }
        let numerator = Int128(shifted.mantissa) * Self.powerOfTen(scaling.scale.digits)
        let denominator = Int128(scaling.scale.mantissa) * Self.powerOfTen(shifted.digits)
        let (whole, rest) = numerator.quotientAndRemainder(dividingBy: denominator)
        let away: Int128 = (numerator < 0) == (denominator < 0) ? 1 : -1
        return rest.magnitude * 2 >= denominator.magnitude ? whole + away : whole
    }

    private func unscaled(_ value: CommandValue) throws(EncodingFault) -> Double {
        let real: Double
        switch value {
        case .number(let number): real = number.double
        case .real(let number): real = number
        default: throw .wrongKind(expected: "a number")
        }
        let raw = scaling == .none ? real : (real - scaling.offset.double) / scaling.scale.double
        guard raw.isFinite else { throw .outOfRange("a float cannot hold it") }
        return raw
    }

    private func text(_ value: CommandValue, registers: Int) throws(EncodingFault) -> [UInt16] {
        guard case .text(let text) = value else { throw .wrongKind(expected: "text") }
        var bytes = Array(text.utf8)
        guard bytes.count <= registers * 2 else { throw .outOfRange("\(registers * 2) bytes of UTF-8 fit") }
        bytes += [UInt8](repeating: 0, count: registers * 2 - bytes.count)
        let words = (0..<registers).map { UInt16(bytes[$0 * 2]) << 8 | UInt16(bytes[$0 * 2 + 1]) }
        return order.bytesAreLittle ? words.map(\.byteSwapped) : words
    }

    private func words(_ bits: Int128) -> [UInt16] {
        arrange((0..<type.width).reversed().map { UInt16(truncatingIfNeeded: bits >> Int128($0 * 16)) })
    }

    /// From most significant first to the device's order.
    private func arrange(_ words: [UInt16]) -> [UInt16] {
        let swapped = order.bytesAreLittle ? words.map(\.byteSwapped) : words
        return order.wordsAreLittle ? swapped.reversed() : swapped
    }

    private static func binaryCodedDecimal(_ value: Int128) -> Int128 {
        var rest = value
        var bits: Int128 = 0
        var place: Int128 = 0
        while rest > 0 {
            bits |= (rest % 10) << place
            rest /= 10
            place += 4
        }
        return bits
    }

    private static func powerOfTen(_ exponent: UInt8) -> Int128 {
        (0..<exponent).reduce(1) { power, _ in power * 10 }
    }
}
