import SimulatorKit

/// Counts of durations, 32 steps to each doubling: a percentile is right within three per cent.
package struct Histogram: Sendable {
    private var counts = [Int](repeating: 0, count: 32 * 45)
    package private(set) var total = 0
    package private(set) var largest: Int64 = 0

    package init() {}

    /// Nanoseconds; negative ones count as 0.
    package mutating func record(_ value: Int64) {
        let value = max(0, value)
        counts[Self.step(value)] += 1
        total += 1
        largest = max(largest, value)
    }

    /// The value that so great a share, 0 to 1, does not exceed; 0 when nothing was recorded.
    package func percentile(_ share: Double) -> Int64 {
        var left = Int((Double(total) * share).rounded(.up))
        for (index, count) in counts.enumerated() where count > 0 {
            left -= count
            if left <= 0 { return min(largest, Self.highest(index)) }
        }
        return largest
    }

    /// In microseconds.
    package var json: JSON {
        .members([
            "count": .integer(Int64(total)), "p50_us": Self.microseconds(percentile(0.5)),
            "p99_us": Self.microseconds(percentile(0.99)), "max_us": Self.microseconds(largest),
        ])
    }

    private static func microseconds(_ value: Int64) -> JSON { .number(Double(value / 100) / 10) }

    private static func step(_ value: Int64) -> Int {
        guard value >= 64 else { return Int(value) }
        let shift = 58 - value.leadingZeroBitCount
        return min(32 * 45 - 1, (shift + 1) * 32 + Int(value >> Int64(shift)) - 32)
    }

    private static func highest(_ step: Int) -> Int64 {
        guard step >= 64 else { return Int64(step) }
        let shift = step / 32 - 1
        return (Int64(step % 32 + 33) << Int64(shift)) - 1
    }
}
