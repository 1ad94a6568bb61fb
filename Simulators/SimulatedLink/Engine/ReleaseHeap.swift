/// Packets by the time of their release; those of one time in the order they came. Never grows.
final class ReleaseHeap {
    struct Entry {
        var release: Int64
        var order: UInt64
        var slot: Int32
        var lane: Int32
    }

    private let entries: UnsafeMutablePointer<Entry>
    private(set) var count = 0
    private var order: UInt64 = 0

    init(capacity: Int) { entries = .allocate(capacity: capacity) }

    deinit { entries.deallocate() }

    var first: Entry? { count > 0 ? entries[0] : nil }

    func insert(_ slot: Int, lane: Int, release: Int64) {
        entries[count] = Entry(release: release, order: order, slot: Int32(slot), lane: Int32(lane))
        order += 1
        count += 1
        rise(count - 1)
    }

    func removeFirst() {
        count -= 1
        entries[0] = entries[count]
        sink(0)
    }

    /// Gives each entry of a lane the release that `move` returns for its slot; asked in the order they came.
    func retime(lane: Int, _ move: (Int) -> Int64) {
        let places = (0..<count).filter { entries[$0].lane == Int32(lane) }
        for index in places.sorted(by: { entries[$0].order < entries[$1].order }) {
            entries[index].release = move(Int(entries[index].slot))
        }
        for index in stride(from: count / 2, through: 0, by: -1) { sink(index) }
    }

    private func isBefore(_ left: Int, _ right: Int) -> Bool {
        let (first, second) = (entries[left], entries[right])
        return first.release != second.release ? first.release < second.release : first.order < second.order
    }

    private func rise(_ start: Int) {
        var index = start
        while index > 0, isBefore(index, (index - 1) / 2) {
            swap(index, (index - 1) / 2)
            index = (index - 1) / 2
        }
    }

    private func sink(_ start: Int) {
        var index = start
        while true {
            var least = index
            let child = 2 * index + 1
            if child < count, isBefore(child, least) { least = child }
            if child + 1 < count, isBefore(child + 1, least) { least = child + 1 }
            guard least != index else { return }
            swap(index, least)
            index = least
        }
    }

    private func swap(_ left: Int, _ right: Int) {
        let entry = entries[left]
        entries[left] = entries[right]
        entries[right] = entry
    }
}
