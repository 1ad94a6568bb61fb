import SimulatorKit

/// When the requests that cover register 0 of one device arrived, against the period they should keep.
package struct ReadingStatistics: Sendable {
    /// Nanoseconds.
    package let period: Int64
    /// Requests of every kind, also refused ones.
    package var requests: Int64 = 0
    /// Registers handed out.
    package var registersRead: Int64 = 0
    /// Requests that covered register 0.
    package private(set) var readings: Int64 = 0
    package private(set) var intervals = IntervalHistogram()
    /// |interval − period|
    package private(set) var deviations = IntervalHistogram()
    private var last: Int64?

    package init(period: Int64) { self.period = period }

    /// `now` in nanoseconds of any monotonic clock.
    package mutating func arrived(at now: Int64) {
        readings += 1
        if let last {
            intervals.add(now - last)
            deviations.add(abs(now - last - period))
        }
        last = now
    }

    package mutating func clear() {
        (requests, registersRead, readings, last) = (0, 0, 0, nil)
        intervals.clear()
        deviations.clear()
    }

    package mutating func add(_ other: ReadingStatistics) {
        requests += other.requests
        registersRead += other.registersRead
        readings += other.readings
        intervals.add(other.intervals)
        deviations.add(other.deviations)
    }

    /// Microseconds throughout; null where nothing was measured.
    package var members: [JSON.Member] {
        [
            .init(name: "requests", value: .integer(requests)),
            .init(name: "registers", value: .integer(registersRead)),
            .init(name: "readings", value: .integer(readings)),
            .init(name: "interval_p50_us", value: microseconds(intervals.quantile(0.5))),
            .init(name: "interval_p99_us", value: microseconds(intervals.quantile(0.99))),
            .init(name: "interval_max_us", value: microseconds(intervals.count > 0 ? intervals.longest : nil)),
            .init(name: "deviation_p50_us", value: microseconds(deviations.quantile(0.5))),
            .init(name: "deviation_p99_us", value: microseconds(deviations.quantile(0.99))),
            .init(name: "deviation_max_us", value: microseconds(deviations.count > 0 ? deviations.longest : nil)),
            .init(
                name: "drift_us",
                value: intervals.mean.map { .number((($0 - Double(period)) / 1_000).rounded(3)) } ?? .null),
        ]
    }

    private func microseconds(_ nanoseconds: Int64?) -> JSON {
        nanoseconds.map { .number((Double($0) / 1_000).rounded(3)) } ?? .null
    }
}
