import Calendars

/// Lines and reserved rates: what is assigned for whole dates, and the same in every sample of a date.
struct AssignedLevels {
    let input: RatingInput
    let segment: Segment
    let gauge: Gauge

    func reading() -> MeterReading {
        let meter = gauge.meter
        let days = levels()
        let count = days.reduce(0) { $0 + $1.samples }
        var value = Rational.zero
        if count > 0 {
            switch meter.aggregate {
            case .sum, .max: value = days.map(\.value).max()!
            case .p95: value = highest(days, dropping: 5 * count / 100)
            case .timeWeighted: value = weighted(days) / Rational(wholeCount)
            }
        }
        // Reserved rates come in Mbit/s, their base is bit/s.
        value = value * meter.unit.base
        if let quantize = meter.quantize { value = value.rounded(to: quantize.step, quantize.mode) }
        return MeterReading(
            meter: meter.id, pool: gauge.pool?.id, quantity: value / meter.unit.base, unit: meter.unit,
            lines: parts(), samples: count, excludedSamples: 0, excluded: [])
    }

    private struct Day {
        var value: Rational
        var samples: Int
    }

    private struct Level {
        var line: String
        var machine: String?
        var value: Rational
        var from: LocalDate
        var to: LocalDate?
    }

    private var assigned: [Level] {
        switch gauge.meter.source {
        case .guaranteedRate:
            input.reserved.filter { gauge.counts(line: $0.line) }.map {
                Level(line: $0.line, value: $0.megabits, from: $0.from, to: $0.to)
            }
        default:
            input.lines.filter { gauge.counts(line: $0.line) }.map {
                Level(line: $0.line, machine: $0.machine, value: .one, from: $0.from, to: $0.to)
            }
        }
    }

    private func levels() -> [Day] {
        let assigned = assigned
        return (0..<segment.to - segment.from).map { index in
            let date = segment.from + index
            let there = assigned.filter { $0.from <= date && $0.to.map { date < $0 } ?? true }
            // A line that is assigned twice is still one line.
            let isLines = gauge.meter.source == .lines
            let value = isLines ? Rational(Set(there.map { [$0.machine, $0.line] }).count) : there.map(\.value).sum
            return Day(value: value, samples: gauge.grid?.count(ofDay: index) ?? 0)
        }
    }

    private func highest(_ days: [Day], dropping: Int) -> Rational {
        var left = dropping
        for day in days.sorted(by: { $0.value > $1.value }) {
            if left < day.samples { return day.value }
            left -= day.samples
        }
        return .zero
    }

    private func weighted(_ days: [Day]) -> Rational {
        days.map { $0.value * Rational($0.samples) }.sum
    }

    /// Samples of the whole period: a level over half of it counts half.
    private var wholeCount: Int {
        let grid = SampleGrid(
            from: input.period.from, to: input.period.to, zone: segment.plan.periods.zone, sample: gauge.meter.sample)
        return max(1, grid.count)
    }

    private func parts() -> [MeterReading.LinePart] {
        var weights: [String: Rational] = [:]
        for level in assigned {
            let (from, to) = (max(level.from, segment.from), min(level.to ?? segment.to, segment.to))
            guard from < to else { continue }
            weights[level.line, default: .zero] += level.value * Rational(to - from)
        }
        return weights.keys.sorted().map { MeterReading.LinePart(line: $0, weight: weights[$0] ?? .zero) }
    }
}
