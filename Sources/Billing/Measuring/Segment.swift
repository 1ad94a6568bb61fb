import Calendars
import FieldModel

/// A part of a period that one plan version holds for, from a local midnight to a later one.
package struct Segment: Hashable, Sendable {
    package let plan: Tariff
    package let from: LocalDate
    package let to: LocalDate
    package let start: Timestamp
    package let end: Timestamp
    /// The contract's first day lies in it.
    package let beginsContract: Bool
    package let contractFrom: LocalDate

    /// `loader v3`
    package var name: String { "\(plan.plan) v\(plan.version)" }

    /// What part of `period` it is.
    package func fraction(of period: BillingPeriod, _ proration: Charge.Proration) -> Rational {
        switch proration {
        case .none: .one
        case .day: Rational(to - from, over: period.days)
        case .second: Rational(end.microseconds - start.microseconds, over: period.microseconds)
        }
    }

    func touches(from other: LocalDate, to end: LocalDate) -> Bool { other < to && from < end }

    /// The period cut by its plans, in order; days without a plan are in none.
    static func all(of input: RatingInput) throws(RatingFault) -> [Segment] {
        let period = input.period
        var segments: [Segment] = []
        for assignment in input.plans.sorted(by: { $0.from < $1.from }) {
            let (from, to) = (max(assignment.from, period.from), min(assignment.to ?? period.to, period.to))
            guard from < to else { continue }
            let zone = assignment.plan.periods.zone
            segments.append(
                Segment(
                    plan: assignment.plan, from: from, to: to, start: zone.start(of: from), end: zone.start(of: to),
                    beginsContract: from <= assignment.contractFrom && assignment.contractFrom < to,
                    contractFrom: assignment.contractFrom))
        }
        guard let first = segments.first else {
            throw .noPlan(account: input.account, period: period.text)
        }
        try check(first, period)
        for (left, right) in zip(segments, segments.dropFirst()) {
            guard left.to <= right.from else {
                throw .plansOverlap(first: left.name, second: right.name, on: right.from.text)
            }
            guard left.plan.currency == right.plan.currency else {
                throw .currencyChange(from: left.plan.currency, to: right.plan.currency, on: right.from.text)
            }
            guard left.plan.minorDigits == right.plan.minorDigits else {
                throw .calendarChange(
                    plan: right.name, period: "\(left.plan.minorDigits) minor digits",
                    expected: "\(right.plan.minorDigits)")
            }
            try check(right, period)
        }
        return segments
    }

    private static func check(_ segment: Segment, _ period: BillingPeriod) throws(RatingFault) {
        let own = segment.plan.periods.period(containing: segment.from)
        guard own == period else {
            throw .calendarChange(plan: segment.name, period: period.text, expected: own.text)
        }
    }
}
