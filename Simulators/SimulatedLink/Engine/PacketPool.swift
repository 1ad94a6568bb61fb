/// A packet that is under way.
struct PendingPacket {
    var length = 0
    var offered: Int64 = 0
    var leaves: Int64 = 0
    var release: Int64 = 0
    var isDuplicated = false
    var isLate = false
    var key = FlowKey(UnsafeRawBufferPointer(start: nil, count: 0))
}

/// Room for all packets under way, taken once: nothing is allocated for a packet.
final class PacketPool {
    static let slotBytes = 2048

    private let bytes: UnsafeMutableRawPointer
    private let packets: UnsafeMutablePointer<PendingPacket>
    private let free: UnsafeMutablePointer<Int32>
    private var freeCount: Int
    let capacity: Int

    /// The kernel gives the memory as slots are first used; the last used is the next taken.
    init(capacity: Int) {
        self.capacity = capacity
        bytes = .allocate(byteCount: capacity * Self.slotBytes, alignment: 64)
        packets = .allocate(capacity: capacity)
        packets.initialize(repeating: PendingPacket(), count: capacity)
        free = .allocate(capacity: capacity)
        for index in 0..<capacity { free[index] = Int32(capacity - 1 - index) }
        freeCount = capacity
    }

    deinit {
        bytes.deallocate()
        packets.deallocate()
        free.deallocate()
    }

    var used: Int { capacity - freeCount }

    func take() -> Int? {
        guard freeCount > 0 else { return nil }
        freeCount -= 1
        return Int(free[freeCount])
    }

    func give(_ slot: Int) {
        free[freeCount] = Int32(slot)
        freeCount += 1
    }

    /// The slot's bytes, until it is given back.
    func room(_ slot: Int) -> UnsafeMutableRawPointer { bytes + slot * Self.slotBytes }

    subscript(slot: Int) -> PendingPacket {
        get { packets[slot] }
        set { packets[slot] = newValue }
    }
}
