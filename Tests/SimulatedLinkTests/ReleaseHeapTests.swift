import SimulatorKit
import Testing

@testable import SimulatedLink

@Suite("Packets by the time of their release")
struct ReleaseHeapTests {
    private func drain(_ heap: ReleaseHeap) -> [Int32] {
        var slots: [Int32] = []
        while let first = heap.first {
            slots.append(first.slot)
            heap.removeFirst()
        }
        return slots
    }

    @Test("They come out in order of time, and those of one time in the order they went in")
    func order() {
        var random = Randomness(seed: 1)
        let heap = ReleaseHeap(capacity: 1000)
        let releases = (0..<1000).map { _ in Int64(random.next() % 50) }
        for (slot, release) in releases.enumerated() { heap.insert(slot, lane: 0, release: release) }
        let expected = releases.enumerated().sorted { ($0.element, $0.offset) < ($1.element, $1.offset) }
        #expect(drain(heap) == expected.map { Int32($0.offset) })
    }

    @Test("One lane's packets are moved, asked in the order they came, and the other's stay")
    func retime() {
        let heap = ReleaseHeap(capacity: 8)
        for (slot, lane) in [0, 1, 0, 1].enumerated() { heap.insert(slot, lane: lane, release: Int64(10 * slot)) }
        var asked: [Int] = []
        heap.retime(lane: 0) { slot in
            asked.append(slot)
            return 100 - Int64(slot)
        }
        #expect(asked == [0, 2])
        #expect(drain(heap) == [1, 3, 2, 0])
    }

    @Test("A pool hands out as many slots as it has, and each again once it is given back")
    func pool() {
        let pool = PacketPool(capacity: 3)
        let slots = (0..<3).compactMap { _ in pool.take() }
        #expect(Set(slots).count == 3 && pool.take() == nil && pool.used == 3)
        pool.give(slots[1])
        #expect(pool.take() == slots[1])
    }
}
