import CSystem
import FieldModel
import Platform

/// Memory that `fieldgate-netd` writes events to and the gateway reads them from; it outlives both.
///
/// A header of one page, then slots. `head` is how many events were ever written, `tail` how many were ever released; each
/// has one writer. A slot is written before `head` counts it, so a process that is killed leaves nothing half done.
///
/// The file is sealed against shrinking, so the memory stays valid as long as this object.
package final class FlowRing {
    package static let defaultCapacity = 32_768
    private static let header = 4096
    private static let magic: UInt64 = 0x3147_4E49_5246_4746
    /// Neither shorter nor longer (F_SEAL_SHRINK, F_SEAL_GROW).
    private static let seals: Int32 = 2 | 4

    private enum Place {
        static let magic = 0
        static let generation = 16
        static let head = 64
        static let tail = 128
        static let heartbeat = 192
    }

    package let descriptor: Int32
    /// Slots. From the file's length: the header may be damaged.
    package let capacity: UInt64
    private let memory: UnsafeMutableRawPointer

    /// A new ring, empty.
    package init(capacity: Int = FlowRing.defaultCapacity) throws(SystemError) {
        let length = Self.header + capacity * FlowSlot.size
        descriptor = try SystemError.check(fg_sealable_file("fieldgate-flows", Int64(length)))
        self.capacity = UInt64(capacity)
        guard fg_seal(descriptor, Self.seals) == 0, let memory = fg_map_shared(descriptor, length, 1) else {
            let code = fg_errno()
            close(descriptor)
            throw SystemError(code: code)
        }
        self.memory = memory
        memory.storeBytes(of: Self.magic, toByteOffset: Place.magic, as: UInt64.self)
        memory.storeBytes(
            of: UInt64(bitPattern: fg_utc_us()) ^ UInt64(getpid()) << 48, toByteOffset: Place.generation,
            as: UInt64.self)
    }

    /// One of an earlier process, or of the other side; takes the descriptor over, also when it throws.
    package init(mapping descriptor: Int32) throws(NetworkFault) {
        let length = fg_file_length(descriptor)
        let slots = (Int(length) - Self.header) / FlowSlot.size
        let seals = fg_seals(descriptor)
        guard length > 0, slots > 0, slots <= 1 << 24, seals >= 0, seals & Self.seals == Self.seals,
            let memory = fg_map_shared(descriptor, Self.header + slots * FlowSlot.size, 1)
        else {
            close(descriptor)
            throw .refused("the ring of connection events cannot be used: it is no sealed file of the right length")
        }
        guard memory.load(fromByteOffset: Place.magic, as: UInt64.self) == Self.magic else {
            munmap(memory, Self.header + slots * FlowSlot.size)
            close(descriptor)
            throw .refused("the ring of connection events is damaged: its header is not one of FieldGate's")
        }
        self.descriptor = descriptor
        self.memory = memory
        capacity = UInt64(slots)
    }

    deinit {
        munmap(memory, Self.header + Int(capacity) * FlowSlot.size)
        close(descriptor)
    }

    /// Differs between rings.
    package var generation: UInt64 { memory.load(fromByteOffset: Place.generation, as: UInt64.self) }

    package var head: UInt64 {
        get { fg_load_acquire(memory + Place.head) }
        set { fg_store_release(memory + Place.head, newValue) }
    }

    package var tail: UInt64 {
        get { fg_load_acquire(memory + Place.tail) }
        set { fg_store_release(memory + Place.tail, newValue) }
    }

    /// When the writer last turned.
    package var heartbeat: Instant {
        get { Instant(nanoseconds: Int64(bitPattern: fg_load_acquire(memory + Place.heartbeat))) }
        set { fg_store_release(memory + Place.heartbeat, UInt64(bitPattern: newValue.nanoseconds)) }
    }

    /// Where the event of this number is.
    package func slot(_ number: UInt64) -> UnsafeMutableRawPointer {
        memory + Self.header + Int(number % capacity) * FlowSlot.size
    }

    /// Whether so many events can have been written: the slot before is whole, and not both that follow: one may be, of a
    /// process that was killed before it counted.
    package func isSound(head: UInt64) -> Bool {
        head < .max - 2 && (head == 0 || isWhole(head - 1)) && !(isWhole(head) && isWhole(head + 1))
    }

    fileprivate func isWhole(_ number: UInt64) -> Bool { FlowSlot.isSound(slot(number), number) }

    package func event(_ number: UInt64) -> FlowEvent? {
        withUnsafeTemporaryAllocation(byteCount: FlowSlot.size, alignment: 8) { copy in
            // A copy, because the other side may write while this one looks.
            copy.baseAddress!.copyMemory(from: slot(number), byteCount: FlowSlot.size)
            return FlowSlot.event(UnsafeRawPointer(copy.baseAddress!), number: number)
        }
    }
}

/// The side that writes. Its own `head` rules; what the other side wrote is not believed.
package struct FlowRingWriter {
    /// Slots kept for words about losses: a full ring must still be able to say so.
    package static let reserve: UInt64 = 64

    package let ring: FlowRing
    private var head: UInt64
    /// The ring's own count was damaged, and what is in it was taken instead.
    package let wasDamaged: Bool

    package init(_ ring: FlowRing) {
        self.ring = ring
        let told = ring.head
        if ring.isSound(head: told) {
            (head, wasDamaged) = (told, false)
        } else {
            // The newest slot that is whole, plus one.
            let numbers = (0..<ring.capacity).compactMap { FlowSlot.number(ring.slot($0)) }
            head = numbers.filter { $0 < .max }.max().map { $0 + 1 } ?? 0
            wasDamaged = true
            ring.head = head
        }
    }

    /// Writes its count again: whoever scribbled on it has a second for it.
    package func affirm() { ring.head = head }

    /// False when there is no room.
    package mutating func append(_ event: FlowEvent) -> Bool {
        var margin = Self.reserve
        if case .lost = event { margin = 0 }
        guard waiting + margin < ring.capacity else { return false }
        FlowSlot.write(event, number: head, to: ring.slot(head))
        head += 1
        ring.head = head
        return true
    }

    /// Whether this was the last one written: after a crash the kernel shows it once more.
    package func isLast(_ event: FlowEvent) -> Bool { head > 0 && ring.event(head - 1) == event }

    /// Written and not released; a tail that cannot be counts as a full ring, until the reader has mended it.
    package var waiting: UInt64 {
        let tail = ring.tail
        return tail <= head && head - tail <= ring.capacity ? head - tail : ring.capacity
    }
}

/// The side that reads. Its own end rules; what stands in the ring is for the process after this one. One thread.
package final class FlowRingReader {
    package let ring: FlowRing
    /// The number of the next event.
    private var position: UInt64
    /// Events were read here, so `position` is right; else it is what the ring said.
    private var isProven = false
    /// Events handed out and not released.
    private var given: UInt64 = 0
    private var isHeadDoubted = false

    package init(_ ring: FlowRing) {
        self.ring = ring
        position = ring.tail
    }

    /// How many events there are to read; none where the writer's count cannot be.
    private var waiting: UInt64 {
        let head = ring.head
        return position <= head && head - position <= ring.capacity ? head - position : 0
    }

    /// The oldest events not released. What cannot be read is an event of its own, where a whole one follows: else it may
    /// be the count of events that is wrong.
    package func events(limit: Int) -> [FlowEvent] {
        let waiting = waiting
        let found = (0..<min(waiting, UInt64(max(0, limit)))).map { ring.event(position + $0) }
        var count = found.lastIndex { $0 != nil }.map { $0 + 1 } ?? 0
        if count < found.count, (UInt64(found.count)..<waiting).contains(where: { ring.isWhole(position + $0) }) {
            count = found.count
        }
        given = UInt64(count)
        return found[..<count].enumerated().map { place, event in
            event
                ?? .lost(
                    "event \(position + UInt64(place)) in the ring of fieldgate-netd is damaged; all connections are read "
                        + "anew")
        }
    }

    package func release(_ count: Int) {
        let done = min(given, UInt64(max(0, count)))
        guard done > 0 else { return }
        (position, given, isProven) = (position + done, given - done, true)
        ring.tail = position
    }

    /// Looks whether both ends can be; says so when one was damaged. No event is read a second time on that account: what
    /// it counted would be counted twice.
    package func mend() -> String? {
        let (tail, head) = (ring.tail, ring.head)
        if position <= head, head - position <= ring.capacity {
            isHeadDoubted = false
            guard tail != position else { return nil }
            ring.tail = position
            return
                "the ring of fieldgate-netd was damaged: it said that the gateway had read up to event \(tail), and it was "
                + "\(position); it goes on there"
        }
        if !isProven, ring.isSound(head: head) {
            position = head
            ring.tail = head
            return "the ring of fieldgate-netd was damaged: it held event \(head) and the gateway was at \(tail)"
        }
        // The writer puts its own count right at its next turn.
        defer { isHeadDoubted = true }
        return isHeadDoubted ? nil : "the ring of fieldgate-netd was damaged: it said that event \(head) is its last"
    }
}
