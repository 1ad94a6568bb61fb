import Calendars
import FieldModel

/// The samples of a span of whole local days, aligned to each day's midnight.
struct SampleGrid: Hashable, Sendable {
    /// Microseconds of UTC when each day begins, and of the end.
    private let days: [Int64]
    /// The number of each day's first sample, and of all.
    private let firsts: [Int]
    private let length: Int64

    init(from: LocalDate, to: LocalDate, zone: ZoneRules, sample: Meter.Sample) {
        days = (from.days...to.days).map { zone.start(of: LocalDate(days: $0)).microseconds }
        length =
            switch sample {
            case .seconds(let seconds): Int64(seconds) * 1_000_000
            case .day: .max
            }
        var firsts = [0]
        for (start, end) in zip(days, days.dropFirst()) {
            // A day that a zone left out has none.
            let isNone = end <= start
            firsts.append(firsts.last! + (isNone ? 0 : Int((end - start - 1) / length) + 1))
        }
        self.firsts = firsts
    }

    var count: Int { firsts.last! }
    var dayCount: Int { days.count - 1 }

    /// How many samples the `index`th day has.
    func count(ofDay index: Int) -> Int { firsts[index + 1] - firsts[index] }

    /// Nil outside the span.
    func index(of moment: Timestamp) -> Int? {
        let at = moment.microseconds
        guard at >= days[0], at < days[dayCount] else { return nil }
        var day = min(Int((at - days[0]) / 86_400_000_000), dayCount - 1)
        while at < days[day] { day -= 1 }
        while at >= days[day + 1] { day += 1 }
        return firsts[day] + Int((at - days[day]) / length)
    }

    func span(_ index: Int) -> (start: Int64, end: Int64) {
        var (low, high) = (0, dayCount)
        while high - low > 1 {
            let middle = (low + high) / 2
            if firsts[middle] <= index { low = middle } else { high = middle }
        }
        let start = days[low] + (length == .max ? 0 : Int64(index - firsts[low]) * length)
        return (start, length == .max ? days[low + 1] : min(start + length, days[low + 1]))
    }

    /// The samples that [from, to) touches.
    func touched(from: Int64, to: Int64) -> Range<Int> {
        let (from, to) = (max(from, days[0]), min(to, days[dayCount]))
        guard from < to, let first = index(of: Timestamp(microseconds: from)),
            let last = index(of: Timestamp(microseconds: to - 1))
        else { return 0..<0 }
        return first..<last + 1
    }
}
