/// One charge of one segment, worked out.
package struct RatedLine: Hashable, Sendable {
    /// A pool member's part.
    package struct Share: Hashable, Sendable {
        package var line: String
        /// What the amount was parted by: see `MeterReading.LinePart`.
        package var quantity: Rational
        package var amount: Money
    }

    /// Which of the period's segments.
    package let segment: Int
    package let charge: String
    package let kind: Charge.Kind
    package let model: String
    package let meter: String?
    package let pool: String?
    /// Exact, in `unit`; nil where nothing is measured. `Rational.shown` is for people.
    package let quantity: Rational?
    package let unit: String?
    /// What was free: the plan's quantity for this part of the period, and what the pool carried in.
    package let included: Rational?
    package let carried: Rational?
    package let overage: Rational?
    package let steps: [PriceStep]
    package let exact: Rational
    package internal(set) var amount: Money
    /// By the pool's order; they add up to `amount`.
    package internal(set) var shares: [Share]

    /// `0.016`, or all prices it was made of: `0.016, 0.014`.
    package var unitPrice: String {
        var seen: [String] = []
        for step in steps where !seen.contains(step.price) { seen.append(step.price) }
        return seen.joined(separator: ", ")
    }
}
