/// Adds up a period, or several in one document, and puts taxes on them: once for each rate, on all that is taxed and
/// rounded alike.
package struct Totals {
    package let net: Money
    package let taxes: [RatedPeriod.Tax]
    package let total: Money

    /// Of what one document asks for. The periods are of one currency.
    package init(_ periods: [RatedPeriod]) throws(RatingFault) {
        guard let plan = periods.first?.measured.segments.first?.plan else { throw .noPlan(account: "", period: "") }
        var groups = TaxGroups()
        for period in periods {
            groups.add(period.measured.segments, lines: period.lines, settlement: period.settlement)
        }
        try self.init(groups, digits: plan.minorDigits)
    }

    init(segments: [Segment], lines: [RatedLine], settlement: [SettlementLine]) throws(RatingFault) {
        var groups = TaxGroups()
        groups.add(segments, lines: lines, settlement: settlement)
        try self.init(groups, digits: segments[0].plan.minorDigits)
    }

    private init(_ groups: TaxGroups, digits: Int) throws(RatingFault) {
        var sum = Rational.zero
        var onTop = TaxBases()
        var taxes: [RatedPeriod.Tax] = []
        for group in groups.all {
            let inclusive = group.rates.filter(\.isInclusive)
            let (net, contained) = try Self.contained(group.sum, inclusive, digits, group.mode)
            sum += net
            taxes += contained
            for rate in group.rates where !rate.isInclusive { onTop.add(net, rate, group.mode) }
        }
        net = try Self.money(sum, digits)
        for (rate, mode, base) in onTop.all {
            let amount = try Self.money((base * rate.rate.value).rounded(to: .one, mode), digits)
            taxes.append(
                RatedPeriod.Tax(
                    rate: rate.rate.text, isInclusive: false, net: try Self.money(base, digits), amount: amount))
        }
        self.taxes = taxes
        total = try Self.money(sum + taxes.map { Rational($0.amount.minor) }.sum, digits)
    }

    /// The lines as their plans price them.
    static func subtotal(_ lines: [RatedLine], digits: Int) throws(RatingFault) -> Money {
        try money(lines.map { Rational($0.amount.minor) }.sum, digits)
    }

    /// Whole minor units.
    private static func money(_ minor: Rational, _ digits: Int) throws(RatingFault) -> Money {
        guard let whole = minor.whole, whole.magnitude < MinorRounding.limit else {
            throw .amountTooLarge(charge: "the whole invoice")
        }
        return Money(minor: whole, digits: digits)
    }

    /// `sum` contains the inclusive taxes: the rounded net and they add up to it.
    private static func contained(
        _ sum: Rational, _ rates: [TaxRate], _ digits: Int, _ mode: RoundingMode
    ) throws(RatingFault) -> (net: Rational, taxes: [RatedPeriod.Tax]) {
        let net = (sum / (.one + rates.map(\.rate.value).sum)).rounded(to: .one, mode)
        let shares = Apportionment.parts(of: try money(sum - net, digits).minor, by: rates.map(\.rate.value))
        let base = try money(net, digits)
        return (
            net,
            zip(rates, shares).map { rate, share in
                RatedPeriod.Tax(
                    rate: rate.rate.text, isInclusive: true, net: base, amount: Money(minor: share, digits: digits))
            }
        )
    }
}

/// What is taxed alike, added up.
private struct TaxGroups {
    private(set) var all: [(rates: [TaxRate], mode: RoundingMode, sum: Rational)] = []

    mutating func add(_ segments: [Segment], lines: [RatedLine], settlement: [SettlementLine]) {
        var sums = Array(repeating: Rational.zero, count: segments.count)
        for line in lines { sums[line.segment] += Rational(line.amount.minor) }
        for line in settlement { sums[line.segment] += Rational(line.amount.minor) }
        for (segment, sum) in zip(segments, sums) {
            let plan = segment.plan
            if let known = all.firstIndex(where: { $0.rates == plan.taxes && $0.mode == plan.rounding }) {
                all[known].sum += sum
            } else {
                all.append((plan.taxes, plan.rounding, sum))
            }
        }
    }
}

/// What each rate on top is taken on: it is rounded once.
private struct TaxBases {
    private(set) var all: [(rate: TaxRate, mode: RoundingMode, base: Rational)] = []

    mutating func add(_ net: Rational, _ rate: TaxRate, _ mode: RoundingMode) {
        if let known = all.firstIndex(where: { $0.rate.rate.value == rate.rate.value && $0.mode == mode }) {
            all[known].base += net
        } else {
            all.append((rate, mode, net))
        }
    }
}
