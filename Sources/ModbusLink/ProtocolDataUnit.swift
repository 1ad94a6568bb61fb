import FieldModel

/// Requests and replies without their framing (Modbus Application Protocol 1.1b3, clause 6).
package enum ProtocolDataUnit {
    /// The longest there is.
    static let maximum = 253

    package static func encode(_ request: ReadRequest) -> [UInt8] {
        [request.function] + bigEndian(request.address) + bigEndian(request.count)
    }

    package static func encode(_ request: WriteRequest) -> [UInt8] {
        let head = [request.function] + bigEndian(request.address)
        switch request.function {
        case 5: return head + bigEndian(request.values[0] == 0 ? 0x0000 : 0xFF00)
        case 6: return head + bigEndian(request.values[0])
        case 15:
            var bits = [UInt8](repeating: 0, count: (request.values.count + 7) / 8)
            for (index, value) in request.values.enumerated() where value != 0 { bits[index / 8] |= 1 << (index % 8) }
            return head + bigEndian(UInt16(request.values.count)) + [UInt8(bits.count)] + bits
        default:
            return head + bigEndian(UInt16(request.values.count)) + [UInt8(request.values.count * 2)]
                + request.values.flatMap(bigEndian)
        }
    }

    /// Puts the values of a read's reply into the front of `values`, or says why it is none.
    package static func decode(
        _ reply: UnsafeBufferPointer<UInt8>, to request: ReadRequest, into values: inout [UInt16]
    ) throws(BusFault) {
        try checkFunction(reply, request.function)
        let count = Int(request.count)
        let bytes = request.table.holdsBits ? (count + 7) / 8 : count * 2
        guard reply.count == bytes + 2, reply[1] == bytes else {
            throw .protocolViolation("\(reply.count - 2) data bytes where \(bytes) were asked for")
        }
        values.withUnsafeMutableBufferPointer { values in
            if request.table.holdsBits {
                for index in 0..<count { values[index] = UInt16(reply[2 + index / 8] >> (index % 8) & 1) }
            } else {
                for index in 0..<count {
                    values[index] = UInt16(reply[2 + index * 2]) << 8 | UInt16(reply[3 + index * 2])
                }
            }
        }
    }

    /// A write's reply repeats the address, and the value or the count.
    package static func check(
        _ reply: UnsafeBufferPointer<UInt8>, to request: WriteRequest, encoded: [UInt8]
    ) throws(BusFault) {
        try checkFunction(reply, request.function)
        guard reply.count == 5, zip(reply, encoded).allSatisfy(==) else {
            throw .protocolViolation("the reply repeats another address or value than was written")
        }
    }

    private static func checkFunction(_ reply: UnsafeBufferPointer<UInt8>, _ function: UInt8) throws(BusFault) {
        guard reply.count >= 2 else { throw .protocolViolation("a reply of \(reply.count) bytes") }
        if reply[0] == function | 0x80 {
            guard reply.count == 2 else { throw .protocolViolation("an exception of \(reply.count) bytes") }
            throw .exception(reply[1])
        }
        guard reply[0] == function else {
            throw .protocolViolation("function \(reply[0]) answered function \(function)")
        }
    }

    private static func bigEndian(_ value: UInt16) -> [UInt8] {
        [UInt8(value >> 8), UInt8(truncatingIfNeeded: value)]
    }
}

extension ReadRequest {
    var function: UInt8 {
        switch table {
        case .coil: 1
        case .discrete: 2
        case .holding: 3
        case .input: 4
        }
    }
}

extension WriteRequest {
    var function: UInt8 {
        switch (table.holdsBits, values.count) {
        case (true, 1): 5
        case (true, _): 15
        case (false, 1): 6
        case (false, _): 16
        }
    }
}
