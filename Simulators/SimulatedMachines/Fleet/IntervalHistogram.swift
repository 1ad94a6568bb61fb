import SimulatorKit

/// Durations counted in buckets of at most 0.1 % width (1 µs below 2 ms), so that a day's run takes no more room than a
/// second's. Adding one allocates nothing.
package struct IntervalHistogram: Sendable {
    private static let fine = 2048
    /// Up to 2^36 µs, nineteen hours.
    private static let buckets = fine + 26 * fine / 2

    /// Durations added.
    package private(set) var count: Int64 = 0
    /// Sum, nanoseconds.
    package private(set) var sum: Int64 = 0
    /// Longest, nanoseconds.
    package private(set) var longest: Int64 = 0
    private var counts = [UInt32](repeating: 0, count: buckets)

    package init() {}

    /// Negative durations count as 0.
    package mutating func add(_ nanoseconds: Int64) {
        let duration = max(0, nanoseconds)
        count += 1
        sum += duration
        longest = max(longest, duration)
        counts[Self.bucket(of: Int(duration / 1_000))] += 1
    }

    package mutating func add(_ other: IntervalHistogram) {
        count += other.count
        sum += other.sum
        longest = max(longest, other.longest)
        for index in counts.indices { counts[index] += other.counts[index] }
    }

    package mutating func clear() {
        (count, sum, longest) = (0, 0, 0)
        for index in counts.indices { counts[index] = 0 }
    }

    /// Nanoseconds that `share` (0...1) of the durations don't exceed, but for the bucket's width; nil without any.
    package func quantile(_ share: Double) -> Int64? {
        guard count > 0 else { return nil }
        let rank = max(1, Int64((share * Double(count)).rounded(.up)))
        var seen: Int64 = 0
        for index in counts.indices {
            seen += Int64(counts[index])
            if seen >= rank { return min(longest, Int64(Self.end(of: index)) * 1_000) }
        }
        return longest
    }

    package var mean: Double? { count > 0 ? Double(sum) / Double(count) : nil }

    private static func bucket(of microseconds: Int) -> Int {
        guard microseconds >= fine else { return microseconds }
        let shift = Int.bitWidth - microseconds.leadingZeroBitCount - 11
        return min(buckets - 1, shift * fine / 2 + microseconds >> shift)
    }

    /// The first duration after the bucket, in microseconds.
    private static func end(of bucket: Int) -> Int {
        guard bucket >= fine else { return bucket + 1 }
        let shift = bucket / (fine / 2) - 1
        return (bucket - shift * fine / 2 + 1) << shift
    }
}
