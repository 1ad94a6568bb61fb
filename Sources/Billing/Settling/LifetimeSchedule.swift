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
        let rounding = MinorRounding(digits: plan.minorDigits, mode: plan.rounding, charge: lifetime.charge)
        let total = try rounding.minor(Rational(lifetime.periods) * fixed.value)
        var down = total
        var instalments: [Instalment] = []
        if case .instalments(let first, let yearly, let count) = lifetime.payment {
            switch first {
            case .share(let share): down = try rounding.minor(rounding.exact(total) * share.value)
            case .amount(let amount): down = try rounding.minor(amount.value)
            case nil: down = 0
            }
            instalments = try Self.instalments(
                of: total - down, rate: (yearly?.value ?? .zero) / Rational(12), count: count, rounding)
        }
        self.total = rounding.money(total)
        self.down = rounding.money(down)
        self.instalments = instalments
        paid = rounding.money(down + instalments.reduce(0) { $0 + $1.amount.minor })
    }

    /// The annuity is rounded once, interest every month, and the last instalment clears what is left.
    private static func instalments(
        of debt: Int64, rate: Rational, count: Int, _ rounding: MinorRounding
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
        let amount = try rounding.minor(annuity)
        var balance = debt
        var instalments: [Instalment] = []
        for number in 1...count {
            let interest = try rounding.minor(rounding.exact(balance) * rate)
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

/// Rounds a plan's amounts to minor units.
struct MinorRounding {
    let digits: Int
    let mode: RoundingMode
    let charge: String

    /// Amounts of schedules are added up in 64 bits, so none may come near them.
    func minor(_ amount: Rational) throws(RatingFault) -> Int64 {
        guard let minor = amount.minorUnits(digits: digits, mode), minor.magnitude < 1 << 52 else {
            throw .amountTooLarge(charge: charge)
        }
        return minor
    }

    func exact(_ minor: Int64) -> Rational { money(minor).exact }
    func money(_ minor: Int64) -> Money { Money(minor: minor, digits: digits) }
}
