/// Which of the newest fifty numbers came: one second of frames.
package struct SequenceWindow: Hashable, Sendable {
    package static let width: UInt64 = 50

    private var seen: UInt64 = 0
    package private(set) var newest: UInt64 = 0
    private var first: UInt64 = 0

    package init() {}

    package mutating func forget() { self = SequenceWindow() }

    /// False when the number came before, or is older than the window.
    @discardableResult
    package mutating func take(_ number: UInt64) -> Bool {
        if newest == 0, seen == 0 {
            (newest, first, seen) = (number, number, 1)
            return true
        }
        guard number > newest else {
            let back = newest - number
            guard back < 64, seen & (1 << back) == 0 else { return false }
            seen |= 1 << back
            return true
        }
        let forward = number - newest
        seen = forward >= 64 ? 1 : seen << forward | 1
        newest = number
        return true
    }

    /// Thousandths missing among the newest fifty, or among all since the first when they are fewer.
    package var loss: UInt16 {
        guard newest > 0 else { return 0 }
        // Numbers are the console's: the distance may be as large as a number can be.
        let expected = min(Self.width - 1, newest - first) + 1
        let mask = expected >= 64 ? UInt64.max : (1 << expected) - 1
        return UInt16((expected - UInt64((seen & mask).nonzeroBitCount)) * 1000 / expected)
    }
}
