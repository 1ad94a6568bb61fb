/// Tiers with their bounds and flat amounts scaled to a part of a period.
struct TierTable {
    struct Row {
        var lower: Rational
        /// Nil is without end.
        var upper: Rational?
        var price: DecimalText?
        var flat: DecimalText?
    }

    let rows: [Row]
    private let fraction: Rational

    init(_ tiers: [Tier], fraction: Rational) {
        self.fraction = fraction
        var lower = Rational.zero
        rows = tiers.map { tier in
            let upper = tier.upTo.map { $0.value * fraction }
            defer { lower = upper ?? lower }
            return Row(lower: lower, upper: upper, price: tier.price, flat: tier.flat)
        }
    }

    /// Each tier that is entered, for its own part of the quantity.
    func graduated(_ quantity: Rational) -> [PriceStep] {
        rows.filter { quantity > $0.lower }.flatMap { row in
            let part = (row.upper.map { min(quantity, $0) } ?? quantity) - row.lower
            return steps(row, quantity: part)
        }
    }

    /// The one tier the quantity falls in, for all of it; none at 0.
    func volume(_ quantity: Rational) -> [PriceStep] {
        row(quantity).map { steps($0, quantity: quantity) } ?? []
    }

    func stairstep(_ quantity: Rational) -> [PriceStep] {
        row(quantity).map { row in steps(Row(lower: row.lower, upper: row.upper, flat: row.flat), quantity: quantity) }
            ?? []
    }

    private func row(_ quantity: Rational) -> Row? {
        rows.first { quantity > $0.lower && $0.upper.map { quantity <= $0 } ?? true }
    }

    private func steps(_ row: Row, quantity: Rational) -> [PriceStep] {
        var steps: [PriceStep] = []
        let range = PriceStep.Range(above: row.lower, upTo: row.upper)
        if let flat = row.flat {
            steps.append(
                PriceStep(
                    kind: .tierFlat, quantity: fraction, price: flat.text, exact: flat.value * fraction, range: range))
        }
        if let price = row.price {
            steps.append(
                PriceStep(
                    kind: .tier, quantity: quantity, price: price.text, exact: price.value * quantity, range: range))
        }
        return steps
    }
}

/// One multiplication on the way to a line's amount, so that anybody can do it again.
package struct PriceStep: Hashable, Sendable {
    package enum Kind: String, Hashable, Sendable {
        case flat, fee, overage, unit, packages, share, credit, tier
        case tierFlat = "tier_flat"
        case minimum, maximum
    }

    package struct Range: Hashable, Sendable {
        package var above: Rational
        package var upTo: Rational?
    }

    package var kind: Kind
    /// What the price is multiplied by: a quantity, or the part of the period.
    package var quantity: Rational
    /// As the plan has it.
    package var price: String
    /// For `minimum` and `maximum` what was added to come to it.
    package var exact: Rational
    /// Of a tier.
    package var range: Range?

    init(kind: Kind, quantity: Rational, price: String, exact: Rational, range: Range? = nil) {
        self.kind = kind
        self.quantity = quantity
        self.price = price
        self.exact = exact
        self.range = range
    }
}
