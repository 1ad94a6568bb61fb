import FieldModel

/// Puts a camera's RTP packets (RFC 3550) together to frames, as far as it takes to know when the newest whole one was
/// captured. The header extension (RFC 8285, one-byte form) carries 1: the time of capture, 8 bytes of nanoseconds of
/// the camera's CLOCK_MONOTONIC, and 2: the frame's number of packets and this one's place, 2 bytes each.
package struct VideoFrames: Sendable {
    private struct Assembly: Sendable {
        var source: UInt32
        var timestamp: UInt32
        var captured: Int64
        var missing: Set<UInt16>
    }

    /// Frames that may still become whole.
    private static let mostOpen = 16
    private static let mostPackets = 4096
    /// Nanoseconds.
    private static let restart: Int64 = 10_000_000_000

    private var open: [Assembly] = []
    /// Nanoseconds of the camera's clock.
    package private(set) var newest: Int64?

    package init() {}

    /// Takes a datagram; false when it is no packet of such a camera.
    package mutating func take(_ packet: UnsafeRawBufferPointer) -> Bool {
        guard let part = Part(packet), part.count > 0, part.count <= Self.mostPackets, part.place < part.count else {
            return false
        }
        let known = open.firstIndex { $0.source == part.source && $0.timestamp == part.timestamp }
        let place = known ?? begin(part)
        open[place].missing.remove(UInt16(part.place))
        guard open[place].missing.isEmpty else { return true }
        let captured = open[place].captured
        // Far older than the newest: the camera has started anew, and its clock with it.
        if newest.map({ captured > $0 || captured < $0 - Self.restart }) ?? true { newest = captured }
        // What is older will not be looked at any more.
        open.removeAll { $0.captured <= captured }
        return true
    }

    private mutating func begin(_ part: Part) -> Int {
        if open.count == Self.mostOpen { open.removeFirst() }
        open.append(
            Assembly(
                source: part.source, timestamp: part.timestamp, captured: part.captured,
                missing: Set(0..<UInt16(part.count))))
        return open.count - 1
    }

    private struct Part {
        var timestamp: UInt32
        var source: UInt32
        var captured: Int64
        var count: Int
        var place: Int

        init?(_ bytes: UnsafeRawBufferPointer) {
            guard bytes.count >= 16, bytes[0] >> 6 == 2, bytes[0] & 0x10 != 0 else { return nil }
            func number<Number: FixedWidthInteger & BitwiseCopyable>(_ place: Int) -> Number {
                Number(bigEndian: bytes.loadUnaligned(fromByteOffset: place, as: Number.self))
            }
            timestamp = number(4)
            source = number(8)
            let start = 12 + 4 * Int(bytes[0] & 15)
            guard bytes.count >= start + 4, number(start) as UInt16 == 0xBEDE else { return nil }
            let end = start + 4 + 4 * Int(number(start + 2) as UInt16)
            guard end <= bytes.count else { return nil }
            var (captured, frame): (Int64?, (Int, Int)?) = (nil, nil)
            var at = start + 4
            while at < end {
                // Zero is padding, 15 ends the list.
                guard bytes[at] != 0 else { at += 1; continue }
                let (id, length) = (bytes[at] >> 4, Int(bytes[at] & 15) + 1)
                guard id != 15, at + 1 + length <= end else { break }
                if id == 1, length == 8 { captured = number(at + 1) }
                if id == 2, length == 4 {
                    frame = (Int(number(at + 1) as UInt16), Int(number(at + 3) as UInt16))
                }
                at += 1 + length
            }
            guard let captured, let frame else { return nil }
            self.captured = captured
            (count, place) = frame
        }
    }
}
