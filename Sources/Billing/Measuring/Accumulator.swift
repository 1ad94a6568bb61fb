import Calendars
import FieldModel

/// Takes an account's records of a period one by one, in any order, and keeps only sums.
///
///     var accumulator = try Accumulator(input)
///     for record in records { accumulator.add(record) }
///     let rated = try accumulator.finish().rated(carry: carry)
package struct Accumulator: Sendable {
    private let input: RatingInput
    private let segments: [Segment]
    private var gauges: [[Gauge]]
    private var numbers: [String: Int] = [:]
    private var names: [String] = []
    private var statistics = RatingStatistics()

    package init(_ input: RatingInput) throws(RatingFault) {
        self.input = input
        segments = try Segment.all(of: input)
        gauges = segments.map { segment in
            var seen: Set<[String?]> = []
            return segment.plan.charges.compactMap { charge in
                guard let meter = segment.plan.meter(of: charge) else { return nil }
                let pool = segment.plan.pool(of: charge)
                guard seen.insert([meter.id, pool?.id]).inserted else { return nil }
                return Gauge(meter: meter, pool: pool, segment: segment)
            }
        }
    }

    /// Records of other periods are counted and passed over.
    package mutating func add(_ record: RatingRecord) {
        guard let segment = place(record.opened) else { return }
        statistics.estimated += record.isEstimated ? 1 : 0
        statistics.misplaced += record.isMisplaced ? 1 : 0
        let line = number(of: record.line)
        for index in gauges[segment].indices { gauges[segment][index].add(record, line: line) }
    }

    package mutating func add(_ reading: ExternalReading) {
        guard let segment = place(reading.opened) else { return }
        let line = number(of: reading.line)
        for index in gauges[segment].indices { gauges[segment][index].add(reading, line: line) }
    }

    /// Gaps that do not touch the period are passed over.
    package mutating func add(_ gap: RatingGap) {
        guard gap.from < input.period.end, gap.to > input.period.start, gap.from < gap.to else { return }
        statistics.gaps += 1
        for segment in gauges.indices {
            for index in gauges[segment].indices { gauges[segment][index].add(gap) }
        }
    }

    /// What the period comes to.
    package func finish() throws(RatingFault) -> MeasuredPeriod { try measured(until: nil) }

    /// What the period will come to if it goes on as it did until `now`: sums grow with time, samples after `now` are left
    /// out.
    package func projected(at now: Timestamp) throws(RatingFault) -> MeasuredPeriod { try measured(until: now) }

    private func measured(until now: Timestamp?) throws(RatingFault) -> MeasuredPeriod {
        var statistics = statistics
        var warnings = inputWarnings()
        var readings: [[MeterReading]] = []
        var earlier: [Pace] = []
        for (segment, gauges) in zip(segments, gauges) {
            var own: [MeterReading] = []
            for gauge in gauges {
                let measuring = Measuring(input: input, segment: segment, gauge: gauge, names: names)
                var reading = try measuring.reading(until: now)
                if let now { Pace.project(&reading, of: gauge, in: segment, at: now, from: &earlier) }
                statistics.excludedSamples += reading.excludedSamples
                warnings += measuring.warnings(reading)
                own.append(reading)
            }
            readings.append(own)
        }
        return MeasuredPeriod(
            input: input, segments: segments, readings: readings, statistics: statistics, warnings: warnings)
    }

    private func inputWarnings() -> [RatingWarning] {
        var warnings: [RatingWarning] = segments.compactMap { segment in
            let isEarly = segment.plan.validFrom.map { segment.from < $0 } ?? false
            let isLate = segment.plan.validTo.map { segment.to > $0 } ?? false
            guard isEarly || isLate else { return nil }
            return .outsideValidity(plan: segment.name, from: segment.from.text, to: segment.to.text)
        }
        if statistics.withoutPlan > 0 { warnings.append(.recordsWithoutPlan(statistics.withoutPlan)) }
        if statistics.estimated > 0 { warnings.append(.estimated(records: statistics.estimated)) }
        if statistics.misplaced > 0 { warnings.append(.misplaced(records: statistics.misplaced)) }
        return warnings
    }

    private mutating func place(_ moment: Timestamp) -> Int? {
        guard input.period.contains(moment) else {
            statistics.foreign += 1
            return nil
        }
        guard let segment = segments.firstIndex(where: { $0.start <= moment && moment < $0.end }) else {
            statistics.withoutPlan += 1
            return nil
        }
        statistics.records += 1
        return segment
    }

    private mutating func number(of line: String) -> Int {
        if let known = numbers[line] { return known }
        numbers[line] = names.count
        names.append(line)
        return names.count - 1
    }
}

/// How fast a meter ran where it has run already: what a forecast goes by.
private struct Pace {
    var source: Meter.Source
    var direction: Meter.Direction
    var classes: [ClassFilter]
    var pool: [String]?
    /// In the meter's base.
    var perMicrosecond: Rational

    static func project(
        _ reading: inout MeterReading, of gauge: Gauge, in segment: Segment, at now: Timestamp,
        from earlier: inout [Pace]
    ) {
        guard gauge.grid == nil else { return }
        let meter = gauge.meter
        let length = Rational(segment.end.microseconds - segment.start.microseconds)
        let elapsed = min(now, segment.end).microseconds - segment.start.microseconds
        if elapsed > 0 {
            let pace = reading.quantity * meter.unit.base / Rational(elapsed)
            earlier.append(
                Pace(
                    source: meter.source, direction: meter.direction, classes: meter.classes,
                    pool: gauge.pool?.members, perMicrosecond: pace))
            reading.quantity = reading.quantity * length / Rational(elapsed)
        } else {
            let known = earlier.last {
                $0.source == meter.source && $0.direction == meter.direction && $0.classes == meter.classes
                    && $0.pool == gauge.pool?.members
            }
            reading.quantity = (known?.perMicrosecond ?? .zero) * length / meter.unit.base
        }
    }
}
