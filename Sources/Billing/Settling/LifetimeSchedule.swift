/// What a lifetime bundle costs, and when.
package struct LifetimeSchedule: Hashable, Sendable {
    package struct Instalment: Hashable, Sendable {
        /// From 1: due so many periods after the first.
        package var number: Int
        package var amount: Money
        package var interest: Money
        package var principal: Money
        /// What is still owed after it.
        package var balance: Money
    }

    /// periods × the fixed part.
    package let total: Money
    /// Due in the first period: all of it where it is paid at once.
    package let down: Money
    package let instalments: [Instalment]
    /// All that is paid, interest included.
    package let paid: Money

    /// The plan has a lifetime, and its charge a fixed part; nil otherwise.
    package init?(_ plan: Tariff) throws(RatingFault) {
        guard let lifetime = plan.lifetime, let fixed = plan.charge(lifetime.charge)?.fixedPart else { return nil }
        let rounding = MinorRounding(plan)
        let charge = lifetime.charge
        let total = try rounding.minor(Rational(lifetime.periods) * fixed.value, of: charge)
        var down = total
        var instalments: [Instalment] = []
        if case .instalments(let first, let yearly, let count) = lifetime.payment {
            switch first {
            case .share(let share): down = try rounding.minor(rounding.exact(total) * share.value, of: charge)
            case .amount(let amount): down = try rounding.minor(amount.value, of: charge)
            case nil: down = 0
            }
            instalments = try Self.instalments(
                of: total - down, rate: (yearly?.value ?? .zero) / Rational(12), count: count, rounding, charge)
        }
        self.total = rounding.money(total)
        self.down = rounding.money(down)
        self.instalments = instalments
        paid = rounding.money(down + instalments.reduce(0) { $0 + $1.amount.minor })
    }

    /// The annuity is rounded once, interest every month, and the last instalment clears what is left.
    private static func instalments(
        of debt: Int64, rate: Rational, count: Int, _ rounding: MinorRounding, _ charge: String
    ) throws(RatingFault) -> [Instalment] {
        let exact = rounding.exact(debt)
        let annuity: Rational
        if rate.isZero {
            annuity = exact / Rational(count)
        } else {
            // B · i · (1+i)ⁿ ÷ ((1+i)ⁿ − 1)
            let growth = (Rational.one + rate).raised(to: count)
            annuity = exact * rate * growth / (growth - .one)
        }
        let amount = try rounding.minor(annuity, of: charge)
        var balance = debt
        var instalments: [Instalment] = []
        for number in 1...count {
            let interest = try rounding.minor(rounding.exact(balance) * rate, of: charge)
            let due = number == count ? balance + interest : amount
            balance -= due - interest
            instalments.append(
                Instalment(
                    number: number, amount: rounding.money(due), interest: rounding.money(interest),
                    principal: rounding.money(due - interest), balance: rounding.money(balance)))
        }
        return instalments
    }
}
