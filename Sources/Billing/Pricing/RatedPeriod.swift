import Calendars

/// A period with its prices: what an invoice is printed from.
package struct RatedPeriod: Hashable, Sendable {
    package struct PlanPart: Hashable, Sendable {
        package var plan: String
        package var version: Int
        /// SHA-256 of the plan's file.
        package var fingerprint: String
        package var from: LocalDate
        package var to: LocalDate
    }

    package struct Tax: Hashable, Sendable {
        /// As the plan has it: `0.06`.
        package var rate: String
        package var isInclusive: Bool
        /// What it was taken on.
        package var net: Money
        package var amount: Money
    }

    package let account: String
    package let period: BillingPeriod
    package let currency: String
    package let minorDigits: Int
    package let parts: [PlanPart]
    /// Of all segments, each segment's in its plan's order.
    package let lines: [RatedLine]
    /// What a lifetime bundle does to this period: what it pays for, and what of it falls due.
    package let settlement: [SettlementLine]
    /// The lines as the plan prices them, before any bundle and with inclusive taxes.
    package let subtotal: Money
    /// Lines and settlement, without taxes.
    package let net: Money
    package let taxes: [Tax]
    /// To be paid.
    package let total: Money
    package let carryIn: CarryState
    package let carryOut: CarryState
    package let statistics: RatingStatistics
    package let warnings: [RatingWarning]
    /// What it was made of.
    package let measured: MeasuredPeriod
}

extension MeasuredPeriod {
    /// Prices the period. The same input and carry give the same result, always.
    package func rated(carry: CarryState = CarryState()) throws(RatingFault) -> RatedPeriod {
        var work = CarryWork(carry)
        var lines: [RatedLine] = []
        var settlement: [SettlementLine] = []
        for index in segments.indices {
            var pricing = ChargePricing(measured: self, index: index, carry: work)
            try pricing.run()
            work = pricing.carry
            lines += pricing.lines
            settlement += try LifetimeSettlement(measured: self, index: index, charges: pricing.lines).lines()
        }
        let totals = try Totals(segments: segments, lines: lines, settlement: settlement)
        return RatedPeriod(
            account: input.account, period: input.period, currency: segments[0].plan.currency,
            minorDigits: segments[0].plan.minorDigits, parts: segments.map(Self.part), lines: lines,
            settlement: settlement,
            subtotal: try Totals.subtotal(lines, digits: segments[0].plan.minorDigits), net: totals.net,
            taxes: totals.taxes,
            total: totals.total, carryIn: carry, carryOut: work.closed(), statistics: statistics,
            warnings: warnings + unused(carry, work) + repeated(lines), measured: self)
    }

    private static func part(_ segment: Segment) -> RatedPeriod.PlanPart {
        RatedPeriod.PlanPart(
            plan: segment.plan.plan, version: segment.plan.version, fingerprint: segment.plan.fingerprint,
            from: segment.from, to: segment.to)
    }

    private func repeated(_ lines: [RatedLine]) -> [RatingWarning] {
        var warnings: [RatingWarning] = []
        let byPlan = Dictionary(grouping: segments.indices) { segments[$0].plan.plan }
        for (plan, parts) in byPlan.sorted(by: { $0.key < $1.key }) where parts.count > 1 {
            for charge in segments[parts[0]].plan.charges
            where charge.kind == .recurring && charge.proration == .none
                && charge.fixedPart.map({ !$0.value.isZero }) ?? false
            {
                let count = lines.filter { $0.charge == charge.id && segments[$0.segment].plan.plan == plan }.count
                if count > 1 { warnings.append(.feeInEveryPart(charge: charge.id, parts: count)) }
            }
        }
        return warnings
    }

    private func unused(_ carry: CarryState, _ work: CarryWork) -> [RatingWarning] {
        carry.buckets.filter { !work.touched.contains(CarryWork.Key(plan: $0.plan, pool: $0.pool)) }
            .map { .carryWithoutPool(pool: "\($0.plan)/\($0.pool)", quantity: $0.quantity.shown) }
    }
}
