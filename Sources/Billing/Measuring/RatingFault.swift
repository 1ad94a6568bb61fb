/// Why a period cannot be rated: the assignments or the records contradict each other, and no figure would be right.
package enum RatingFault: Error, Hashable, Sendable {
    case noPlan(account: String, period: String)
    case plansOverlap(first: String, second: String, on: String)
    /// Currencies change only between periods.
    case currencyChange(from: String, to: String, on: String)
    /// So do anchor day, time zone and the number of minor digits.
    case calendarChange(plan: String, period: String, expected: String)
    /// Corrections took away more than there was.
    case negativeAggregate(meter: String, of: String, quantity: String)
    case amountTooLarge(charge: String)

    package var text: String {
        switch self {
        case .noPlan(let account, let period):
            "\(account) has no plan on any day of \(period); assign one"
        case .plansOverlap(let first, let second, let on):
            "\(first) and \(second) are both assigned on \(on); end the first where the second begins"
        case .currencyChange(let from, let to, let on):
            "the currency changes from \(from) to \(to) on \(on), within a billing period; change it where a period begins"
        case .calendarChange(let plan, let period, let expected):
            "\(plan) has periods of its own: \(expected) instead of \(period); "
                + "change anchor day, time zone and minor digits where a period begins"
        case .negativeAggregate(let meter, let of, let quantity):
            "the meter \(meter) comes to \(quantity) for \(of), below zero; a correction took away more than was recorded"
        case .amountTooLarge(let charge):
            "\(charge) comes to more than an invoice can hold, 72 × 10¹⁵ minor units; look at its price and its quantity"
        }
    }
}

/// What a person should look at, though the figures stand.
package enum RatingWarning: Hashable, Sendable {
    case outsideValidity(plan: String, from: String, to: String)
    case outsidePool(pool: String, records: Int)
    case recordsWithoutPlan(Int)
    case noSamples(meter: String)
    case noLines(meter: String)
    case carryWithoutPool(pool: String, quantity: String)
    case estimated(records: Int)
    case misplaced(records: Int)

    package var text: String {
        switch self {
        case .outsideValidity(let plan, let from, let to):
            "\(plan) is assigned from \(from) to \(to), where it is not valid"
        case .outsidePool(let pool, let records):
            "\(records) records are of lines that the pool \(pool) does not name; they were not counted in it"
        case .recordsWithoutPlan(let records):
            "\(records) records fall on days without a plan; they were not rated"
        case .noSamples(let meter): "every sample of \(meter) lies in a gap; it was rated as 0"
        case .noLines(let meter): "no line was assigned, so \(meter) is 0"
        case .carryWithoutPool(let pool, let quantity):
            "\(quantity) carried over in \(pool) was not used: no plan of this period has that pool"
        case .estimated(let records): "\(records) records were counted without the kernel's rights (estimated)"
        case .misplaced(let records): "\(records) records had no usable time and count where they were received"
        }
    }
}
