extension Flow {
    /// The bytes of an IP address, 4 or 16. They lie in place: a list of ten thousand connections makes no array of them.
    public struct Address: Hashable, Sendable {
        /// The first eight bytes and the last, each as a number with the first byte highest; zero where there is none.
        public let high: UInt64
        public let low: UInt64
        private let length: UInt8

        public init(high: UInt64, low: UInt64, count: Int) {
            self.high = high
            self.low = low
            length = UInt8(Swift.min(16, Swift.max(0, count)))
        }

        /// Beyond sixteen bytes nothing is kept.
        public init(_ bytes: some Sequence<UInt8>) {
            var (words, count): ((UInt64, UInt64), Int) = ((0, 0), 0)
            for byte in bytes.prefix(16) {
                let shifted = UInt64(byte) << UInt64(56 - count % 8 * 8)
                if count < 8 { words.0 |= shifted } else { words.1 |= shifted }
                count += 1
            }
            self.init(high: words.0, low: words.1, count: count)
        }
    }
}

extension Flow.Address: RandomAccessCollection {
    public var startIndex: Int { 0 }
    public var endIndex: Int { Int(length) }

    public subscript(place: Int) -> UInt8 {
        precondition(indices.contains(place), "an address of \(length) bytes has no byte \(place)")
        return UInt8(truncatingIfNeeded: (place < 8 ? high : low) >> UInt64(56 - place % 8 * 8))
    }
}
