/// What waits in the modem: for each packet, when it has left and how long it is. Grows to its largest once.
struct ByteQueue: Equatable, Sendable {
    private struct Entry: Equatable, Sendable {
        var leaves: Int64
        var bytes: Int
    }

    private var ring = [Entry](repeating: Entry(leaves: 0, bytes: 0), count: 64)
    private var first = 0
    private var count = 0
    private(set) var bytes = 0

    mutating func append(_ bytes: Int, leaves: Int64) {
        if count == ring.count { grow() }
        ring[(first + count) & (ring.count - 1)] = Entry(leaves: leaves, bytes: bytes)
        count += 1
        self.bytes += bytes
    }

    /// Forgets what has left by `now`.
    mutating func advance(to now: Int64) {
        while count > 0, ring[first].leaves <= now {
            bytes -= ring[first].bytes
            first = (first + 1) & (ring.count - 1)
            count -= 1
        }
    }

    mutating func retime(_ retiming: Retiming) {
        for offset in 0..<count {
            let index = (first + offset) & (ring.count - 1)
            ring[index].leaves = retiming.apply(ring[index].leaves)
        }
    }

    /// The length stays a power of two.
    private mutating func grow() {
        let old = (0..<count).map { ring[(first + $0) & (ring.count - 1)] }
        ring = old + [Entry](repeating: Entry(leaves: 0, bytes: 0), count: ring.count)
        first = 0
    }
}

/// A change that moves what is queued already: the rate is another, or the radio stands still for a while.
package struct Retiming: Equatable, Sendable {
    /// Packets that leave the queue no later than this are on the air and keep their times.
    var after: Int64
    /// The time from which the remaining wait counts.
    var pivot: Int64
    /// What the remaining wait is multiplied with.
    var stretch: Double
    var shift: Int64

    /// The new time of leaving the queue for an old one.
    package func apply(_ time: Int64) -> Int64 {
        guard time > after else { return time }
        return max(after, pivot + Int64(Double(max(0, time - pivot)) * stretch) + shift)
    }
}
