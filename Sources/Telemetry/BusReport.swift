import FieldModel

/// How a bus and its devices are doing, for people and for programs.
package struct BusReport: Sendable {
    package enum DeviceState: String, Sendable {
        /// Not polled yet.
        case unknown
        case good
        /// It answers, and some points are bad.
        case degraded
        case bad
    }

    package struct Device: Sendable {
        package var state = DeviceState.unknown
        /// The reason of the last failure, while there is one.
        package var problem: String?
        package var polls: Int64 = 0
        package var failures: Int64 = 0

        package init() {}
    }

    package var connected = false
    package var devices: [String: Device] = [:]
    package var transactions: Int64 = 0
    package var values: Int64 = 0
    /// Polls left out because one before took too long.
    package var overruns: Int64 = 0
    /// How late polls began, against their grid.
    package var lateness = LatenessHistogram()

    package init() {}
}

/// Counts how late things were, in steps of a quarter of the value: good enough for percentiles, and 1 kB.
package struct LatenessHistogram: Sendable {
    /// Bucket n holds latenesses up to 1 µs × 1.25^n.
    private static let bounds: [Int64] = {
        var bounds: [Int64] = []
        var bound = 1000.0
        while bound < 100e9 {
            bounds.append(Int64(bound))
            bound *= 1.25
        }
        return bounds
    }()

    private var counts = [Int64](repeating: 0, count: bounds.count + 1)
    package private(set) var total: Int64 = 0
    package private(set) var longest = Duration.zero

    package init() {}

    package mutating func add(_ lateness: Duration) {
        let nanoseconds = lateness.wholeNanoseconds
        var low = 0
        var high = Self.bounds.count
        while low < high {
            let middle = (low + high) / 2
            if Self.bounds[middle] < nanoseconds { low = middle + 1 } else { high = middle }
        }
        counts[low] += 1
        total += 1
        longest = max(longest, lateness)
    }

    package mutating func add(_ other: LatenessHistogram) {
        for index in counts.indices { counts[index] += other.counts[index] }
        total += other.total
        longest = max(longest, other.longest)
    }

    /// The lateness that `share` (0…1) of all stayed within.
    package func percentile(_ share: Double) -> Duration {
        let wanted = Int64((Double(total) * share).rounded(.up))
        var seen: Int64 = 0
        for (index, count) in counts.enumerated() where count > 0 {
            seen += count
            guard seen >= wanted else { continue }
            return index < Self.bounds.count ? min(.nanoseconds(Self.bounds[index]), longest) : longest
        }
        return .zero
    }
}
