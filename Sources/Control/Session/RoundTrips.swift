/// The newest round trips, in microseconds.
package struct RoundTrips: Hashable, Sendable {
    private var ring: [UInt32]
    private var sorted: [UInt32]
    private var next = 0
    private let capacity: Int
    /// Measured since the last `forget`.
    package private(set) var count = 0

    package init(capacity: Int) {
        self.capacity = max(1, capacity)
        ring = []
        sorted = []
        ring.reserveCapacity(self.capacity)
        sorted.reserveCapacity(self.capacity)
    }

    package mutating func add(_ microseconds: UInt32) {
        count += 1
        if ring.count < capacity {
            ring.append(microseconds)
        } else {
            remove(ring[next])
            ring[next] = microseconds
        }
        sorted.insert(microseconds, at: place(of: microseconds))
        next = (next + 1) % capacity
    }

    package var median: UInt32 { sorted.isEmpty ? 0 : sorted[(sorted.count - 1) / 2] }

    /// The 99th percentile, nearest rank.
    package var p99: UInt32 { sorted.isEmpty ? 0 : sorted[min(sorted.count - 1, (sorted.count * 99 + 99) / 100 - 1)] }

    package mutating func forget() {
        ring.removeAll(keepingCapacity: true)
        sorted.removeAll(keepingCapacity: true)
        (next, count) = (0, 0)
    }

    private mutating func remove(_ value: UInt32) {
        sorted.remove(at: place(of: value))
    }

    /// The first place whose value is not smaller.
    private func place(of value: UInt32) -> Int {
        var (low, high) = (0, sorted.count)
        while low < high {
            let middle = (low + high) / 2
            if sorted[middle] < value { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
