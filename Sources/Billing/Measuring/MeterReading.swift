import FieldModel

/// What a meter comes to in one segment.
package struct MeterReading: Hashable, Sendable {
    package struct LinePart: Hashable, Sendable {
        package var line: String
        /// In the meter's unit for sums; for other aggregates the line's own sum over all samples, in the meter's base.
        package var weight: Rational
    }

    package var meter: String
    /// Only of this pool's members.
    package var pool: String?
    /// In the meter's unit, quantised.
    package var quantity: Rational
    package var unit: TariffUnit
    /// By line, sorted by name; only lines that have any.
    package var lines: [LinePart]
    /// How many samples it rests on, and how many more lie in gaps; 0 for sums.
    package var samples: Int
    package var excludedSamples: Int
    /// Those, where they follow one another in one span.
    package var excluded: [Span]

    package struct Span: Hashable, Sendable {
        package var from: Timestamp
        package var to: Timestamp
    }
}

/// What became of the records, for the foot of an invoice.
package struct RatingStatistics: Hashable, Sendable {
    /// Rated, readings from outside included.
    package var records = 0
    /// Of other periods: passed over.
    package var foreign = 0
    /// On days without a plan.
    package var withoutPlan = 0
    package var estimated = 0
    package var misplaced = 0
    package var gaps = 0
    package var excludedSamples = 0

    package init() {}
}

/// A period's quantities, exact, before any price: small, whatever the number of records, and all that a replay needs.
package struct MeasuredPeriod: Hashable, Sendable {
    package let input: RatingInput
    package let segments: [Segment]
    /// By segment.
    package let readings: [[MeterReading]]
    package let statistics: RatingStatistics
    package let warnings: [RatingWarning]

    func reading(segment: Int, meter: String, pool: String?) -> MeterReading? {
        readings[segment].first { $0.meter == meter && $0.pool == pool }
    }
}
