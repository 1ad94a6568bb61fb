import FieldModel

/// Which states went out when: an echo that names another time than was sent is a lie, and proves nothing.
package struct EchoMemory: Hashable, Sendable {
    private struct Sent: Hashable {
        var sequence: UInt32
        var time: UInt64
    }

    private var ring: [Sent]
    private var next = 0
    private let capacity: Int

    /// `capacity` states cover more than the longest age that can be fresh.
    package init(capacity: Int) {
        self.capacity = capacity
        ring = []
        ring.reserveCapacity(capacity)
    }

    package mutating func sent(_ sequence: UInt32, at time: UInt64) {
        let entry = Sent(sequence: sequence, time: time)
        if ring.count < capacity { ring.append(entry) } else { ring[next] = entry }
        next = (next + 1) % capacity
    }

    package func contains(_ sequence: UInt32, at time: UInt64) -> Bool {
        for entry in ring where entry.sequence == sequence { return entry.time == time }
        return false
    }

    package mutating func forget() {
        ring.removeAll(keepingCapacity: true)
        next = 0
    }
}
