/// An RTP packet of the camera: the header of RFC 3550, section 5.1, and two elements in the one-byte form of RFC 8285,
/// section 4.2: 1 is the time of the frame (CLOCK_MONOTONIC in nanoseconds, 8 bytes), 2 its packets and this one's
/// place among them (2 bytes each).
package struct RTPPacket: Equatable, Sendable {
    package static let headerBytes = 32
    package static let largestPayload = 1200
    private static let payloadType: UInt8 = 96

    package var sequence: UInt16
    /// At 90 kHz.
    package var timestamp: UInt32
    package var source: UInt32
    /// The last packet of a frame.
    package var isLast: Bool
    package var captured: Int64
    package var framePackets: UInt16
    package var index: UInt16

    package init(
        sequence: UInt16, timestamp: UInt32, source: UInt32, isLast: Bool, captured: Int64, framePackets: UInt16,
        index: UInt16
    ) {
        (self.sequence, self.timestamp, self.source) = (sequence, timestamp, source)
        (self.isLast, self.captured, self.framePackets, self.index) = (isLast, captured, framePackets, index)
    }

    package var header: [UInt8] {
        var bytes: [UInt8] = [0x90, Self.payloadType | (isLast ? 0x80 : 0)]
        bytes += Self.bytes(sequence) + Self.bytes(timestamp) + Self.bytes(source)
        bytes += [0xBE, 0xDE, 0, 4, 0x17] + Self.bytes(UInt64(bitPattern: captured))
        bytes += [0x23] + Self.bytes(framePackets) + Self.bytes(index) + [0, 0]
        return bytes
    }

    /// Nil when it is no packet of such a camera.
    package init?(_ bytes: some Collection<UInt8>) {
        let header = Array(bytes.prefix(Self.headerBytes))
        guard header.count == Self.headerBytes, header[0] == 0x90, header[1] & 0x7F == Self.payloadType,
            Array(header[12..<17]) == [0xBE, 0xDE, 0, 4, 0x17], header[25] == 0x23
        else { return nil }
        func number(_ range: Range<Int>) -> UInt64 { header[range].reduce(0) { $0 << 8 | UInt64($1) } }
        sequence = UInt16(number(2..<4))
        timestamp = UInt32(number(4..<8))
        source = UInt32(number(8..<12))
        isLast = header[1] & 0x80 != 0
        captured = Int64(bitPattern: number(17..<25))
        framePackets = UInt16(number(26..<28))
        index = UInt16(number(28..<30))
    }

    private static func bytes(_ value: some FixedWidthInteger & UnsignedInteger) -> [UInt8] {
        withUnsafeBytes(of: value.bigEndian) { Array($0) }
    }
}
