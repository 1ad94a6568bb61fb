/// Turns a point's registers into its value: the point's layout and scaling, worked out once.
public struct RegisterDecoder: Sendable {
    private let type: PointType
    private let order: ByteOrder
    private let scaling: Scaling?
    /// Plain unsigned registers, the commonest case, take the short way.
    private let isPlain: Bool

    public init(_ point: Point) {
        type = point.type
        order = point.order
        scaling = point.scaling == .none || !point.type.isNumber ? nil : point.scaling
        isPlain = type == .u16 && !order.bytesAreLittle && scaling == nil
    }

    /// `registers` are the point's own, in address order (0 and 1 in a table of bits).
    @inline(__always)
    public func decode(_ registers: UnsafeBufferPointer<UInt16>) -> Reading {
        if isPlain { return .good(.integer(Int64(registers[0]))) }
        return decodeAny(registers)
    }

    private func decodeAny(_ registers: UnsafeBufferPointer<UInt16>) -> Reading {
        switch type {
        case .bool: .good(.bool(registers[0] != 0))
        case .bit(let number): .good(.bool(bits(registers) >> UInt64(number) & 1 == 1))
        case .u16, .u32: integer(Int64(bits(registers)))
        case .i16: integer(Int64(Int16(truncatingIfNeeded: bits(registers))))
        case .i32: integer(Int64(Int32(truncatingIfNeeded: bits(registers))))
        case .i64: integer(Int64(bitPattern: bits(registers)))
        case .u64: unsigned(bits(registers))
        case .f32: float(Float(bitPattern: UInt32(truncatingIfNeeded: bits(registers))))
        case .f64: double(Double(bitPattern: bits(registers)))
        case .bcd16, .bcd32: binaryCodedDecimal(bits(registers))
        case .string: text(registers)
        }
    }

    /// The registers as one number, most significant first.
    private func bits(_ registers: UnsafeBufferPointer<UInt16>) -> UInt64 {
        var bits: UInt64 = 0
        for index in 0..<registers.count {
            let word = registers[order.wordsAreLittle ? registers.count - 1 - index : index]
            bits = bits << 16 | UInt64(order.bytesAreLittle ? word.byteSwapped : word)
        }
        return bits
    }

    private func integer(_ raw: Int64) -> Reading {
        guard let scaling else { return .good(.integer(raw)) }
        let exact = DecimalNumber(mantissa: raw).multiplied(by: scaling.scale)?.adding(scaling.offset)
        return exact.map { .good(.decimal($0)) } ?? double(unscaled: Double(raw))
    }

    private func unsigned(_ raw: UInt64) -> Reading {
        if let small = Int64(exactly: raw) { return integer(small) }
        return scaling == nil ? .good(.unsigned(raw)) : double(unscaled: Double(raw))
    }

    private func float(_ raw: Float) -> Reading {
        guard raw.isFinite else { return .bad(.decode) }
        guard let scaling else { return .good(.float(raw)) }
        let value = Float(scaling.apply(to: Double(raw)))
        return value.isFinite ? .good(.float(value)) : .bad(.decode)
    }

    private func double(_ raw: Double) -> Reading {
        double(unscaled: raw)
    }

    private func double(unscaled raw: Double) -> Reading {
        let value = scaling?.apply(to: raw) ?? raw
        return value.isFinite ? .good(.double(value)) : .bad(.decode)
    }

    private func binaryCodedDecimal(_ bits: UInt64) -> Reading {
        var value: Int64 = 0
        for place in (0..<type.width * 4).reversed() {
            let digit = Int64(bits >> UInt64(place * 4) & 0xF)
            guard digit <= 9 else { return .bad(.decode) }
            value = value * 10 + digit
        }
        return integer(value)
    }

    /// Text runs on from register to register; only the two bytes inside each may be swapped.
    private func text(_ registers: UnsafeBufferPointer<UInt16>) -> Reading {
        var bytes: [UInt8] = []
        for word in registers {
            let ordered = order.bytesAreLittle ? word.byteSwapped : word
            bytes.append(UInt8(ordered >> 8))
            bytes.append(UInt8(truncatingIfNeeded: ordered))
        }
        if let end = bytes.firstIndex(of: 0) { bytes.removeSubrange(end...) }
        while bytes.last == UInt8(ascii: " ") { bytes.removeLast() }
        return String(validating: bytes, as: UTF8.self).map { .good(.text($0)) } ?? .bad(.decode)
    }
}

extension Scaling {
    /// The binary way, for binary numbers: raw × mantissa ÷ power of ten rounds once less than raw × scale.
    fileprivate func apply(to raw: Double) -> Double {
        raw * Double(scale.mantissa) / DecimalNumber.powersOfTen[Int(scale.digits)] + offset.double
    }
}
