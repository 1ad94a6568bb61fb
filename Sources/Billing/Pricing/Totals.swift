/// Adds up a period and puts taxes on it. Segments whose plans tax and round alike are taxed together.
struct Totals {
    let subtotal: Money
    let net: Money
    let taxes: [RatedPeriod.Tax]
    let total: Money

    init(segments: [Segment], lines: [RatedLine], settlement: [SettlementLine]) throws(RatingFault) {
        let digits = segments[0].plan.minorDigits
        var sums = Array(repeating: Rational.zero, count: segments.count)
        for line in lines { sums[line.segment] += Rational(line.amount.minor) }
        subtotal = try Self.money(sums.sum, digits)
        for line in settlement { sums[line.segment] += Rational(line.amount.minor) }
        var groups: [(rates: [TaxRate], mode: RoundingMode, sum: Rational)] = []
        for (plan, sum) in zip(segments.map(\.plan), sums) {
            if let known = groups.firstIndex(where: { $0.rates == plan.taxes && $0.mode == plan.rounding }) {
                groups[known].sum += sum
            } else {
                groups.append((plan.taxes, plan.rounding, sum))
            }
        }
        var (net, taxes, total) = (Rational.zero, [RatedPeriod.Tax](), Rational.zero)
        for group in groups {
            let taxed = try Self.taxed(group.sum, group.rates, digits: digits, group.mode)
            net += Rational(taxed.net.minor)
            taxes += taxed.taxes
            total += Rational(taxed.net.minor) + taxed.taxes.map { Rational($0.amount.minor) }.sum
        }
        self.net = try Self.money(net, digits)
        self.taxes = taxes
        self.total = try Self.money(total, digits)
    }

    /// Whole minor units.
    private static func money(_ minor: Rational, _ digits: Int) throws(RatingFault) -> Money {
        guard let whole = minor.whole, whole.magnitude < MinorRounding.limit else {
            throw .amountTooLarge(charge: "the whole invoice")
        }
        return Money(minor: whole, digits: digits)
    }

    /// `sum` contains the inclusive taxes: net and they add up to it. The others come on top, each on the rounded net.
    private static func taxed(
        _ sum: Rational, _ rates: [TaxRate], digits: Int, _ mode: RoundingMode
    ) throws(RatingFault) -> (net: Money, taxes: [RatedPeriod.Tax]) {
        let inside = rates.filter(\.isInclusive)
        let net = (sum / (.one + inside.map(\.rate.value).sum)).rounded(to: .one, mode)
        let netMoney = try money(net, digits)
        let contained = try money(sum - net, digits)
        var parts = Apportionment.parts(of: contained.minor, by: inside.map(\.rate.value))[...]
        var taxes: [RatedPeriod.Tax] = []
        for rate in rates {
            let amount =
                if rate.isInclusive { Money(minor: parts.removeFirst(), digits: digits) } else {
                    try money((net * rate.rate.value).rounded(to: .one, mode), digits)
                }
            taxes.append(
                RatedPeriod.Tax(rate: rate.rate.text, isInclusive: rate.isInclusive, net: netMoney, amount: amount))
        }
        return (netMoney, taxes)
    }
}
