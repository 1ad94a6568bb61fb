import SimulatorKit

/// What has come of one camera's stream (counts as in RFC 3550, appendix A).
package struct Reception: Sendable {
    private struct Assembly: Sendable {
        var timestamp: UInt32
        var missing: Int
    }

    /// Frames that may still become whole.
    private static let openFrames = 64

    package private(set) var packets = 0
    package private(set) var bytes = 0
    package private(set) var outOfOrder = 0
    package private(set) var duplicates = 0
    package private(set) var wholeFrames = 0
    package private(set) var brokenFrames = 0
    package private(set) var latency = Histogram()

    private var first: Int64?
    private var highest: Int64 = 0
    /// Which of the last 65,536 sequence numbers have come.
    private var seen = [UInt64](repeating: 0, count: 1024)
    private var open: [Assembly] = []

    package init() {}

    /// Packets that ought to have come and have not.
    package var lost: Int { first.map { Int(highest - $0) + 1 - (packets - duplicates) } ?? 0 }

    /// Frames still incomplete.
    package var openFrames: Int { open.count }

    /// `bytes` with all RTP headers; `now` on CLOCK_MONOTONIC.
    package mutating func receive(_ packet: RTPPacket, bytes: Int, at now: Int64) {
        packets += 1
        self.bytes += bytes
        let number = extended(packet.sequence)
        if first == nil { (first, highest) = (number, number - 1) }
        if number < first ?? 0 { first = number }
        if number > highest {
            forget(between: highest, and: number)
            highest = number
        } else if has(number) {
            duplicates += 1
            return
        } else {
            outOfOrder += 1
        }
        seen[Int(number & 0xFFFF) / 64] |= 1 << UInt64(number & 63)
        assemble(packet, at: now)
    }

    /// The 16-bit number nearest to the highest so far.
    private func extended(_ sequence: UInt16) -> Int64 {
        guard first != nil else { return 65_536 + Int64(sequence) }
        return highest + Int64(Int16(truncatingIfNeeded: Int64(sequence) - highest))
    }

    private func has(_ number: Int64) -> Bool { seen[Int(number & 0xFFFF) / 64] >> UInt64(number & 63) & 1 == 1 }

    private mutating func forget(between low: Int64, and high: Int64) {
        for number in (low + 1)..<(high + 1) { seen[Int(number & 0xFFFF) / 64] &= ~(1 << UInt64(number & 63)) }
    }

    private mutating func assemble(_ packet: RTPPacket, at now: Int64) {
        let place: Int
        if let known = open.lastIndex(where: { $0.timestamp == packet.timestamp }) {
            place = known
        } else {
            if open.count == Self.openFrames {
                open.removeFirst()
                brokenFrames += 1
            }
            open.append(Assembly(timestamp: packet.timestamp, missing: Int(packet.framePackets)))
            place = open.count - 1
        }
        open[place].missing -= 1
        guard open[place].missing == 0 else { return }
        open.remove(at: place)
        wholeFrames += 1
        latency.record(now - packet.captured)
    }
}
