import Calendars

/// What a lifetime bundle does to one period's invoice.
package struct SettlementLine: Hashable, Sendable {
    package enum Role: Hashable, Sendable {
        /// The fixed part of the charge is paid for: a negative amount.
        case covered
        /// The whole bundle at once.
        case purchase
        case downPayment
        case instalment(number: Int, of: Int, interest: Money, principal: Money, balance: Money)
    }

    package let segment: Int
    package let charge: String
    package let role: Role
    package let amount: Money
}

/// The settlement lines of one segment.
struct LifetimeSettlement {
    let measured: MeasuredPeriod
    let index: Int
    let charges: [RatedLine]

    func lines() throws(RatingFault) -> [SettlementLine] {
        let segment = measured.segments[index]
        guard let lifetime = segment.plan.lifetime, let schedule = try LifetimeSchedule(segment.plan) else { return [] }
        let age = segment.plan.periods.distance(from: segment.contractFrom, to: measured.input.period)
        guard age >= 0 else { return [] }
        var settlement = age < lifetime.periods ? try covered(lifetime, segment.plan) : []
        // A period is paid for once, by the plan that is in force when it begins, or begins in it.
        if index == 0 || segment.beginsContract { settlement += due(schedule, lifetime, age: age) }
        return settlement
    }

    private func covered(_ lifetime: Lifetime, _ plan: Tariff) throws(RatingFault) -> [SettlementLine] {
        let rounding = MinorRounding(plan)
        guard let line = charges.first(where: { $0.charge == lifetime.charge }) else { return [] }
        let fixed = line.steps.filter { $0.kind == .fee || $0.kind == .flat }.map(\.exact).sum
        // Where a bound made the line smaller than its fixed part, nothing is given back.
        let amount = -min(try rounding.minor(fixed, of: lifetime.charge), line.amount.minor)
        return [SettlementLine(segment: index, charge: line.charge, role: .covered, amount: rounding.money(amount))]
    }

    private func due(_ schedule: LifetimeSchedule, _ lifetime: Lifetime, age: Int) -> [SettlementLine] {
        func line(_ role: SettlementLine.Role, _ amount: Money) -> SettlementLine {
            SettlementLine(segment: index, charge: lifetime.charge, role: role, amount: amount)
        }
        if age == 0 {
            guard schedule.down.minor != 0 else { return [] }
            return [line(lifetime.payment == .atOnce ? .purchase : .downPayment, schedule.down)]
        }
        guard age <= schedule.instalments.count else { return [] }
        let instalment = schedule.instalments[age - 1]
        let role = SettlementLine.Role.instalment(
            number: instalment.number, of: schedule.instalments.count, interest: instalment.interest,
            principal: instalment.principal, balance: instalment.balance)
        return [line(role, instalment.amount)]
    }
}
