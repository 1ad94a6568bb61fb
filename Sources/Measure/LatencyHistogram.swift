/// Counts latencies in buckets that grow with the value, so that every figure is right to 1 part in 512 whether it is
/// microseconds or minutes (the log-linear layout of HdrHistogram).
///
/// Its memory is fixed (about 112 KiB); recording allocates nothing. One owner at a time: give each
/// thread its own and `merge` them.
public struct LatencyHistogram: Sendable {
    /// Linear steps in each doubling; below this every microsecond has its own bucket.
    private static let steps = 512
    private static let stepBits = 9
    /// 2³⁶ µs, about 19 hours; longer ones count as this.
    private static let limit: Int64 = 1 << 36

    private var buckets: [UInt64]
    /// How many were recorded.
    public private(set) var count: UInt64 = 0
    /// The longest, exact up to the limit of 2³⁶ µs; 0 before the first.
    public private(set) var maximum: Int64 = 0

    public init() {
        buckets = [UInt64](repeating: 0, count: Self.index(of: Self.limit) + 1)
    }

    /// Takes a latency in; one below zero counts as zero.
    public mutating func record(microseconds: Int64) {
        let value = min(max(0, microseconds), Self.limit)
        buckets[Self.index(of: value)] += 1
        count += 1
        maximum = max(maximum, value)
    }

    /// Rounded to the nearest microsecond.
    public mutating func record(_ latency: Duration) {
        let (seconds, attoseconds) = latency.components
        guard seconds < Self.limit / 1_000_000 else { return record(microseconds: Self.limit) }
        record(microseconds: seconds * 1_000_000 + (attoseconds + 500_000_000_000) / 1_000_000_000_000)
    }

    public mutating func merge(_ other: LatencyHistogram) {
        for index in buckets.indices { buckets[index] += other.buckets[index] }
        count += other.count
        maximum = max(maximum, other.maximum)
    }

    /// The least latency in microseconds that at least `fraction` (0…1) of all did not exceed; 0 before the first.
    public func quantile(_ fraction: Double) -> Int64 {
        guard count > 0 else { return 0 }
        let rank = min(count, max(1, UInt64((fraction * Double(count)).rounded(.up))))
        var seen: UInt64 = 0
        for (index, bucket) in buckets.enumerated() {
            seen += bucket
            if seen >= rank { return min(Self.highest(in: index), maximum) }
        }
        return maximum
    }

    /// Values below two times `steps` lie one in a bucket, from there on 2, 4, 8, … in each.
    private static func index(of value: Int64) -> Int {
        let doubling = max(0, 63 - value.leadingZeroBitCount - stepBits)
        return doubling * steps + Int(value >> Int64(doubling))
    }

    private static func highest(in index: Int) -> Int64 {
        let doubling = max(0, index / steps - 1)
        let step = Int64(index - doubling * steps)
        return ((step + 1) << Int64(doubling)) - 1
    }
}
