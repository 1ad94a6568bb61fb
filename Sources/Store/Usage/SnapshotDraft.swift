import CSystem
import Platform

/// Slots on their way into the snapshot's file: what lies side by side there is written at once.
struct SnapshotDraft: ~Copyable {
    /// A bit for each slot of a page.
    private var filled: [UInt64]
    private let pages: UnsafeMutableRawBufferPointer

    /// Room for so many places; memory is taken where a slot is put.
    init(places: Int) {
        let count = (places + SnapshotSlot.perPage - 1) / SnapshotSlot.perPage * 2
        filled = [UInt64](repeating: 0, count: count)
        pages = .allocate(byteCount: count * SnapshotSlot.page, alignment: 8)
    }

    deinit { pages.deallocate() }

    /// Into the page of the next generation, which it gives back; nil strikes the flow out.
    mutating func put(_ mark: FlowMark?, at place: Int, after generation: UInt32) -> UInt32 {
        let slot = SnapshotSlot(generation: generation &+ 1, mark: mark)
        let offset = SnapshotSlot.offset(place, slot.generation) - SnapshotSlot.page
        slot.write(to: UnsafeMutableRawBufferPointer(rebasing: pages[offset..<offset + SnapshotSlot.size]))
        filled[offset / SnapshotSlot.page] |= 1 << UInt64(offset % SnapshotSlot.page / SnapshotSlot.size)
        return slot.generation
    }

    /// Nothing but the slots that were put: those between them may hold what must not be touched.
    func write(to descriptor: Int32) throws(SystemError) {
        for (page, slots) in filled.enumerated() {
            var left = slots
            while left != 0 {
                let first = left.trailingZeroBitCount
                let count = (~(left >> UInt64(first))).trailingZeroBitCount
                try write(page * SnapshotSlot.perPage + first, count, to: descriptor)
                left &= ~((1 << UInt64(count) &- 1) << UInt64(first))
            }
        }
    }

    private func write(_ slot: Int, _ count: Int, to descriptor: Int32) throws(SystemError) {
        let (offset, length) = (slot * SnapshotSlot.size, count * SnapshotSlot.size)
        let done = pwrite(descriptor, pages.baseAddress! + offset, length, SnapshotSlot.page + offset)
        guard done == length else { throw SystemError(code: done < 0 ? fg_errno() : ENOSPC) }
    }
}
