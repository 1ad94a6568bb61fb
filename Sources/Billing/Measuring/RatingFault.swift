import Calendars

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
            "the currency changes from \(from) to \(to) on \(on), within a billing period; "
                + "change it where a period begins: assign the other plan from its first day"
        case .calendarChange(let plan, let period, let expected):
            "\(plan) has periods of its own: \(expected) instead of \(period); "
                + "change anchor day, time zone and minor digits where a period begins"
        case .negativeAggregate(let meter, let of, let quantity):
            "the meter \(meter) comes to \(quantity) for \(of), below zero; a correction took away more than was recorded: "
                + "look through its adjust records and its quantities below zero"
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
    /// A fee without proration, in a period that a change of the same plan cuts.
    case feeInEveryPart(charge: String, parts: Int)
    case estimated(records: Int)
    case misplaced(records: Int)

    package var text: String {
        switch self {
        case .outsideValidity(let plan, let from, let to):
            "\(plan) is assigned from \(from) to \(to), where it is not valid"
        case .outsidePool(let pool, let records):
            "records of lines that are not in the pool \(pool), nor in another, and were not charged: \(records)"
        case .recordsWithoutPlan(let records):
            "records on days without a plan, which were not rated: \(records)"
        case .noSamples(let meter): "every sample of \(meter) lies in a gap; it was rated as 0"
        case .noLines(let meter): "no line was assigned, so \(meter) is 0"
        case .carryWithoutPool(let pool, let quantity):
            "\(quantity) carried over in \(pool) was not used: no plan of this period has that pool"
        case .feeInEveryPart(let charge, let parts):
            "\(charge) is charged in full in each of the period's \(parts) parts; to have it shared out, write prorate: day"
        case .estimated(let records): "records counted without the kernel's rights (estimated): \(records)"
        case .misplaced(let records): "records without a usable time, which count where they were received: \(records)"
        }
    }
}
