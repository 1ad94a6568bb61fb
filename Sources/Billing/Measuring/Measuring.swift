import Calendars
import FieldModel

/// Turns a gauge's sums into a quantity: quantise, aggregate, convert.
struct Measuring {
    let input: RatingInput
    let segment: Segment
    let gauge: Gauge
    let names: [String]

    private var meter: Meter { gauge.meter }

    func reading(until now: Timestamp?) throws(RatingFault) -> MeterReading {
        if meter.source.isAssigned { return AssignedLevels(input: input, segment: segment, gauge: gauge).reading() }
        return meter.isSampled ? try sampled(until: now) : try summed()
    }

    func warnings(_ reading: MeterReading) -> [RatingWarning] {
        var warnings: [RatingWarning] = []
        if gauge.recordsOutsidePool > 0, let pool = gauge.pool {
            warnings.append(.outsidePool(pool: pool.id, records: gauge.recordsOutsidePool))
        }
        if meter.source == .lines, reading.quantity.isZero { warnings.append(.noLines(meter: meter.id)) }
        if reading.samples == 0, reading.excludedSamples > 0 { warnings.append(.noSamples(meter: meter.id)) }
        return warnings
    }

    // MARK: Sums

    private func summed() throws(RatingFault) -> MeterReading {
        var lines = try lineTotals()
        var total = scaled(gauge.total)
        if let quantize = meter.quantize, quantize.isPerConnection {
            lines = try quantizedConnections(quantize)
            total = lines.sum
        }
        try requireNotNegative(total, of: segment.name)
        if let quantize = meter.quantize, !quantize.isPerConnection {
            total = total.rounded(to: quantize.step, quantize.mode)
        }
        let base = meter.unit.base
        return MeterReading(
            meter: meter.id, pool: gauge.pool?.id, quantity: total / base, unit: meter.unit,
            lines: parts(lines.map { $0 / base }), samples: 0, excludedSamples: 0, excluded: [])
    }

    /// By line.
    private func quantizedConnections(_ quantize: Meter.Quantize) throws(RatingFault) -> [Rational] {
        let step = quantize.step.whole.map { Int128($0) }
        var counts = Array(repeating: Int128(0), count: gauge.perLine.count)
        var sums = Array(repeating: Rational.zero, count: gauge.perLine.count)
        for (part, amount) in gauge.connections {
            guard amount >= 0 else {
                throw negative(scaled(amount), of: "a connection of \(names[part.line])")
            }
            if let step {
                counts[part.line] += Rational.steps(amount, of: step, quantize.mode)
            } else {
                sums[part.line] += scaled(amount).rounded(to: quantize.step, quantize.mode)
            }
        }
        return zip(counts, sums).map { Rational($0) * quantize.step + $1 }
    }

    private func lineTotals() throws(RatingFault) -> [Rational] {
        var totals: [Rational] = []
        for (number, amount) in gauge.perLine.enumerated() {
            let exact = scaled(amount)
            try requireNotNegative(exact, of: names[number])
            totals.append(exact)
        }
        return totals
    }

    // MARK: Samples

    /// A sample's bytes and seconds: compared crosswise, so that nothing is divided before the one that counts is known.
    private struct Sample: Comparable {
        var raw: Int128
        var seconds: Int128

        static func < (left: Sample, right: Sample) -> Bool { left.raw * right.seconds < right.raw * left.seconds }
    }

    private func sampled(until now: Timestamp?) throws(RatingFault) -> MeterReading {
        let samples = try usable(until: now)
        let excluded = gauge.excluded.reduce(0) { $0 + ($1 ? 1 : 0) }
        var value = Rational.zero
        if !samples.isEmpty {
            switch meter.aggregate {
            case .max, .sum: value = exact(samples.max()!)
            case .p95: value = exact(samples.sorted(by: >)[5 * samples.count / 100])
            case .timeWeighted: value = mean(samples) * share()
            }
        }
        if let quantize = meter.quantize { value = value.rounded(to: quantize.step, quantize.mode) }
        return MeterReading(
            meter: meter.id, pool: gauge.pool?.id, quantity: value / meter.unit.base, unit: meter.unit,
            lines: parts(try lineTotals()), samples: samples.count, excludedSamples: excluded, excluded: excludedSpans()
        )
    }

    private func usable(until now: Timestamp?) throws(RatingFault) -> [Sample] {
        guard let grid = gauge.grid else { return [] }
        var samples: [Sample] = []
        samples.reserveCapacity(grid.count)
        for (index, raw) in gauge.samples.enumerated() {
            let span = grid.span(index)
            guard raw >= 0 else {
                let start = Timestamp(microseconds: span.start).iso8601
                throw negative(scaled(raw), of: "the sample from \(start)")
            }
            if gauge.excluded[index] || now.map({ span.start >= $0.microseconds }) ?? false { continue }
            samples.append(Sample(raw: raw, seconds: Int128(span.end - span.start)))
        }
        return samples
    }

    private func excludedSpans() -> [MeterReading.Span] {
        guard let grid = gauge.grid else { return [] }
        var spans: [MeterReading.Span] = []
        for index in gauge.excluded.indices where gauge.excluded[index] {
            let (start, end) = grid.span(index)
            if spans.last?.to.microseconds == start {
                spans[spans.count - 1].to = Timestamp(microseconds: end)
            } else {
                spans.append(
                    MeterReading.Span(from: Timestamp(microseconds: start), to: Timestamp(microseconds: end)))
            }
        }
        return spans
    }

    /// In the meter's base: bit/s of bytes, the plain sum of anything else.
    private func exact(_ sample: Sample) -> Rational {
        meter.source == .bytes
            ? Rational(sample.raw * 8 * 1_000_000, over: sample.seconds) : scaled(sample.raw)
    }

    private func mean(_ samples: [Sample]) -> Rational {
        guard meter.source == .bytes else {
            return scaled(samples.reduce(0) { $0 + $1.raw }) / Rational(samples.count)
        }
        var byLength: [Int128: Int128] = [:]
        for sample in samples { byLength[sample.seconds, default: 0] += sample.raw }
        return byLength.map { exact(Sample(raw: $1, seconds: $0)) }.sum / Rational(samples.count)
    }

    /// A mean over a part of the period counts for that part: two halves add up to the whole.
    private func share() -> Rational {
        let period = input.period
        let whole = SampleGrid(
            from: period.from, to: period.to, zone: segment.plan.periods.zone, sample: meter.sample)
        return Rational(gauge.grid?.count ?? 0, over: max(1, whole.count))
    }

    // MARK: Parts

    private func scaled(_ amount: Int128) -> Rational {
        if case .external = meter.source { return Rational(amount, over: DecimalText.scale) }
        return Rational(amount)
    }

    private func parts(_ weights: [Rational]) -> [MeterReading.LinePart] {
        weights.enumerated().compactMap { number, weight in
            weight.isZero ? nil : MeterReading.LinePart(line: names[number], weight: weight)
        }.sorted { $0.line < $1.line }
    }

    private func requireNotNegative(_ amount: Rational, of what: String) throws(RatingFault) {
        guard amount.isNegative else { return }
        throw negative(amount, of: what)
    }

    private func negative(_ amount: Rational, of what: String) -> RatingFault {
        let shown = (amount / meter.unit.base).shown
        return .negativeAggregate(meter: meter.id, of: what, quantity: "\(shown) \(meter.unit.text)")
    }
}
