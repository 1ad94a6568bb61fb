import Calendars
import FieldModel

/// What a period and ten years will come to, if things go on as they did until now.
package struct Forecast: Hashable, Sendable {
    package let at: Timestamp
    /// With the records so far; fees in full.
    package let toDate: RatedPeriod
    package let periodEnd: RatedPeriod
    package let life: LifeForecast

    package init(_ accumulator: Accumulator, carry: CarryState, at now: Timestamp, years: Int = 10) throws(RatingFault)
    {
        at = now
        toDate = try accumulator.finish().rated(carry: carry)
        periodEnd = try accumulator.projected(at: now).rated(carry: carry)
        life = try LifeForecast(periodEnd, years: years)
    }
}

/// A machine's life under the plan that holds at the end of a period, each month like that one. Without taxes where
/// they come on top.
package struct LifeForecast: Hashable, Sendable {
    package let periods: Int
    /// Charges that come once.
    package let once: Money
    /// A lifetime bundle with its interest; 0 without one.
    package let bundle: Money
    /// What one month costs beside the bundle.
    package let monthly: Money
    package let total: Money

    package init(_ typical: RatedPeriod, years: Int) throws(RatingFault) {
        let segments = typical.measured.segments
        let last = segments[segments.count - 1]
        let schedule = try LifetimeSchedule(last.plan)
        periods = years * 12
        let digits = typical.minorDigits
        let lines = typical.lines
        let covered = try Self.covered(lines, last.plan)
        let once = lines.filter { $0.kind == .oneOff }.reduce(0) { $0 + $1.amount.minor }
        let subtotal = typical.subtotal.minor - once
        let monthly = subtotal - covered
        let paidFor = schedule == nil ? 0 : min(periods, last.plan.lifetime?.periods ?? 0)
        let total =
            Rational(once) + Rational(schedule?.paid.minor ?? 0) + Rational(monthly) * Rational(periods)
            + Rational(covered) * Rational(periods - paidFor)
        guard let whole = total.whole else { throw .amountTooLarge(charge: "the forecast") }
        self.once = Money(minor: once, digits: digits)
        bundle = Money(minor: schedule?.paid.minor ?? 0, digits: digits)
        self.monthly = Money(minor: monthly, digits: digits)
        self.total = Money(minor: whole, digits: digits)
    }
}

extension LifeForecast {
    /// The part of a month that a bundle pays for, while it lasts.
    private static func covered(_ lines: [RatedLine], _ plan: Tariff) throws(RatingFault) -> Int64 {
        guard let lifetime = plan.lifetime else { return 0 }
        let steps = lines.filter { $0.charge == lifetime.charge }.flatMap(\.steps)
        let fixed = steps.filter { $0.kind == .fee || $0.kind == .flat }.map(\.exact).sum
        return try MinorRounding(plan).minor(fixed, of: lifetime.charge)
    }
}

extension RatingInput {
    /// The same account on the same days under another plan: what this period would have cost. The other plan takes over
    /// the period, since only the prices are compared. Where plans changed it would not have: its fees come once.
    package func under(_ plan: Tariff) -> RatingInput {
        var other = self
        other.plans = []
        for assignment in plans.sorted(by: { $0.from < $1.from }) {
            if let last = other.plans.indices.last, other.plans[last].to == assignment.from {
                other.plans[last].to = assignment.to
                continue
            }
            var taken = assignment
            taken.plan = plan
            taken.plan.periods = assignment.plan.periods
            other.plans.append(taken)
        }
        return other
    }
}
