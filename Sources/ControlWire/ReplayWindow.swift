/// Which of the newest 1024 counters came, in the manner of RFC 6479: a ring of words, cleared as it moves on.
package struct ReplayWindow: Sendable {
    package static let size: UInt64 = 1024
    private static let words = 32

    private var ring = [UInt64](repeating: 0, count: words)
    package private(set) var newest: UInt64 = 0

    package init() {}

    /// False for a counter that came before, is too old to tell, or is 0. Ask only for authentic packets.
    package mutating func take(_ counter: UInt64) -> Bool {
        guard counter > 0 else { return false }
        let word = counter >> 6
        if counter > newest {
            let current = newest >> 6
            for offset in 0..<min(word - current, UInt64(Self.words)) {
                ring[Int((current + 1 + offset) % UInt64(Self.words))] = 0
            }
            newest = counter
        } else if newest - counter >= Self.size {
            return false
        }
        let (place, bit) = (Int(word % UInt64(Self.words)), UInt64(1) << (counter & 63))
        guard ring[place] & bit == 0 else { return false }
        ring[place] |= bit
        return true
    }
}
