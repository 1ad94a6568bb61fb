import FieldModel

/// Finds the reply to a transaction among the bytes of a Modbus TCP connection, however they are cut.
package struct ReplyScanner {
    /// Transaction, protocol, length, unit (Modbus Messaging on TCP/IP 1.0b, 3.1.3).
    static let headerLength = 7
    /// A reply to one of the last requests, which timed out, may still arrive: it is skipped. Anything older is junk.
    private static let lateReplies: UInt16 = 64

    private var buffer = [UInt8](repeating: 0, count: 2 * (headerLength + ProtocolDataUnit.maximum))
    private var filled = 0

    package init() {}

    /// Bytes are there that are no whole frame yet.
    var isPartial: Bool { filled > 0 }

    package mutating func clear() {
        filled = 0
    }

    /// Adds what `receive` puts into the room that is left, and returns its result.
    ///
    /// There is room for a whole frame whenever `next` has found none.
    @inline(__always)
    package mutating func fill(_ receive: (UnsafeMutableRawBufferPointer) -> Int) -> Int {
        let start = filled
        let received = buffer.withUnsafeMutableBytes { receive(UnsafeMutableRawBufferPointer(rebasing: $0[start...])) }
        if received > 0 { filled += received }
        return received
    }

    /// The length of this transaction's reply, header and all, once it stands whole at the front.
    @inline(__always)
    package mutating func next(_ transaction: UInt16, unit: UInt8) throws(BusFault) -> Int? {
        while filled >= Self.headerLength {
            let length = Int(buffer[4]) << 8 | Int(buffer[5])
            guard buffer[2] == 0, buffer[3] == 0, (3...ProtocolDataUnit.maximum + 1).contains(length) else {
                throw .protocolViolation("a header that is not Modbus")
            }
            let frame = Self.headerLength - 1 + length
            guard filled >= frame else { return nil }
            let number = UInt16(buffer[0]) << 8 | UInt16(buffer[1])
            if number == transaction {
                guard buffer[6] == unit else {
                    throw .protocolViolation("unit \(buffer[6]) answered for unit \(unit)")
                }
                return frame
            }
            guard transaction &- number <= Self.lateReplies else {
                throw .protocolViolation("transaction \(number) answered transaction \(transaction)")
            }
            discard(frame)
        }
        return nil
    }

    /// Hands the data unit of the frame that `next` has found to `body`, and forgets the frame.
    @inline(__always)
    package mutating func take<Result>(
        _ frame: Int, _ body: (UnsafeBufferPointer<UInt8>) throws(BusFault) -> Result
    ) throws(BusFault) -> Result {
        defer { discard(frame) }
        return try buffer.withUnsafeBufferPointer { bytes throws(BusFault) -> Result in
            try body(UnsafeBufferPointer(rebasing: bytes[Self.headerLength..<frame]))
        }
    }

    private mutating func discard(_ count: Int) {
        if filled > count {
            buffer.replaceSubrange(0..<filled - count, with: Array(buffer[count..<filled]))
        }
        filled = max(0, filled - count)
    }
}
