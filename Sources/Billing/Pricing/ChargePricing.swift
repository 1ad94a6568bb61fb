import Calendars

/// Works out a segment's charges, in the plan's order.
struct ChargePricing {
    let measured: MeasuredPeriod
    let index: Int
    var carry: CarryWork
    private(set) var lines: [RatedLine] = []
    private var done: [String: RatedLine] = [:]

    init(measured: MeasuredPeriod, index: Int, carry: CarryWork) {
        self.measured = measured
        self.index = index
        self.carry = carry
    }

    private var segment: Segment { measured.segments[index] }
    private var plan: Tariff { segment.plan }

    mutating func run() throws(RatingFault) {
        for charge in plan.charges where applies(charge) {
            let line = try price(charge)
            done[charge.id] = line
            lines.append(line)
        }
        if plan.roundsPerInvoice { try fitToTotal() }
    }

    private func applies(_ charge: Charge) -> Bool {
        if charge.kind == .oneOff, !segment.beginsContract { return false }
        guard let name = charge.when else { return true }
        return measured.input.events.contains { event in
            event.name == name && event.on.map { segment.touches(from: $0, to: event.to ?? $0 + 1) } ?? true
        }
    }

    // MARK: One charge

    private struct Worked {
        var steps: [PriceStep] = []
        var included: Rational?
        var carried: Rational?
        var overage: Rational?
    }

    private mutating func price(_ charge: Charge) throws(RatingFault) -> RatedLine {
        let f = segment.fraction(of: measured.input.period, charge.proration)
        let meter = plan.meter(of: charge)
        let pool = plan.pool(of: charge)
        let reading = meter.flatMap { measured.reading(segment: index, meter: $0.id, pool: pool?.id) }
        let quantity = charge.overageOf.map { done[$0]?.overage ?? .zero } ?? reading?.quantity
        var worked = work(charge, meter, quantity: quantity ?? .zero, f: f)
        let exact = bound(&worked, charge, f)
        let amount = try MinorRounding(plan).money(exact, of: charge.id)
        return RatedLine(
            segment: index, charge: charge.id, kind: charge.kind, model: charge.model.name, meter: meter?.id,
            pool: pool?.id, quantity: quantity, unit: meter?.unit.text, included: worked.included,
            carried: worked.carried, overage: worked.overage, steps: worked.steps, exact: exact, amount: amount,
            shares: pool.map { shares(of: amount, pool: $0, reading: reading) } ?? [])
    }

    private mutating func work(_ charge: Charge, _ meter: Meter?, quantity: Rational, f: Rational) -> Worked {
        switch charge.model {
        case .flat(let amount): one(.flat, f, amount)
        case .perUnit(let price): one(.unit, quantity, price)
        case .included(let fee, let own, let overage): included(charge, meter, quantity, f, fee, own, overage)
        case .package(let size, let price): one(.packages, (quantity / size.value).ceiling, price)
        case .graduated(let tiers): Worked(steps: TierTable(tiers, fraction: f).graduated(quantity))
        case .volume(let tiers): Worked(steps: TierTable(tiers, fraction: f).volume(quantity))
        case .stairstep(let tiers): Worked(steps: TierTable(tiers, fraction: f).stairstep(quantity))
        case .share(let value, let rate):
            Worked(steps: [
                PriceStep(
                    kind: .share, quantity: quantity, price: "\(value.text) × \(rate.text)",
                    exact: quantity * value.value * rate.value)
            ])
        case .credit(let of, let rate): credit(of, rate)
        }
    }

    private func one(_ kind: PriceStep.Kind, _ quantity: Rational, _ price: DecimalText) -> Worked {
        Worked(steps: [
            PriceStep(kind: kind, quantity: quantity, price: price.text, exact: quantity * price.value)
        ])
    }

    private mutating func included(
        _ charge: Charge, _ meter: Meter?, _ quantity: Rational, _ f: Rational, _ fee: DecimalText,
        _ own: DecimalText?, _ overage: DecimalText?
    ) -> Worked {
        let pool = charge.pool.flatMap(plan.pool)
        let free = (own ?? pool?.quantity)?.value ?? .zero
        var worked = Worked()
        worked.included = free * f
        if let pool, let unit = meter?.unit {
            let key = CarryWork.Key(plan: plan.plan, pool: pool.id)
            // A pool that does not roll over uses nothing of what an earlier version of it left either.
            worked.carried = pool.rollOver == nil ? .zero : carry.available(key, in: unit)
            carry.consume(quantity, own: free * f, in: unit, key, pool.rollOver)
        }
        let over = max(.zero, quantity - free * f - (worked.carried ?? .zero))
        worked.overage = over
        worked.steps = [PriceStep(kind: .fee, quantity: f, price: fee.text, exact: fee.value * f)]
        if let overage {
            worked.steps.append(
                PriceStep(kind: .overage, quantity: over, price: overage.text, exact: overage.value * over))
        }
        return worked
    }

    private func credit(_ of: String, _ rate: DecimalText) -> Worked {
        // Where only the total is rounded, the line it refers to stays exact.
        let base = done[of].map { plan.roundsPerInvoice ? $0.exact : $0.amount.exact } ?? .zero
        return Worked(steps: [
            PriceStep(kind: .credit, quantity: -base, price: rate.text, exact: -base * rate.value)
        ])
    }

    /// First the lower bound, then the upper one.
    private func bound(_ worked: inout Worked, _ charge: Charge, _ f: Rational) -> Rational {
        var exact = worked.steps.map(\.exact).sum
        if let minimum = charge.minimum, exact < minimum.value * f {
            worked.steps.append(
                PriceStep(kind: .minimum, quantity: f, price: minimum.text, exact: minimum.value * f - exact))
            exact = minimum.value * f
        }
        if let maximum = charge.maximum, exact > maximum.value * f {
            worked.steps.append(
                PriceStep(kind: .maximum, quantity: f, price: maximum.text, exact: maximum.value * f - exact))
            exact = maximum.value * f
        }
        return exact
    }

    // MARK: Members and totals

    private func shares(of amount: Money, pool: Pool, reading: MeterReading?) -> [RatedLine.Share] {
        let used = pool.members.map { member in
            reading?.lines.first { $0.line == member }?.weight ?? .zero
        }
        let parts = Apportionment.parts(of: amount.minor, by: used)
        return zip(pool.members, zip(used, parts)).map { member, part in
            RatedLine.Share(line: member, quantity: part.0, amount: Money(minor: part.1, digits: amount.digits))
        }
    }

    /// The total is rounded once, and the lines shown are made to add up to it.
    private mutating func fitToTotal() throws(RatingFault) {
        let digits = plan.minorDigits
        let total = try MinorRounding(plan).minor(lines.map(\.exact).sum, of: "the whole invoice")
        let unit = Money(minor: 1, digits: digits).exact
        let shown = Apportionment.whole(lines.map { $0.exact / unit }, adding: total)
        for (place, minor) in shown.enumerated() {
            let amount = Money(minor: minor, digits: digits)
            lines[place].amount = amount
            guard let pool = lines[place].pool.flatMap(plan.pool), let meter = lines[place].meter else { continue }
            lines[place].shares = shares(
                of: amount, pool: pool, reading: measured.reading(segment: index, meter: meter, pool: pool.id))
        }
    }
}
