/// Rounds a plan's amounts to minor units, and keeps them where sums of them still fit 64 bits.
struct MinorRounding {
    let digits: Int
    let mode: RoundingMode

    /// 72 × 10¹⁵ minor units: a hundred documents of a period can be added up without a thought.
    static let limit: Int64 = 1 << 56

    init(_ plan: Tariff) {
        digits = plan.minorDigits
        mode = plan.rounding
    }

    /// `charge` is named where the amount is beyond the limit.
    func minor(_ amount: Rational, of charge: String) throws(RatingFault) -> Int64 {
        guard let minor = amount.minorUnits(digits: digits, mode), minor.magnitude < Self.limit else {
            throw .amountTooLarge(charge: charge)
        }
        return minor
    }

    func money(_ amount: Rational, of charge: String) throws(RatingFault) -> Money {
        money(try minor(amount, of: charge))
    }

    func money(_ minor: Int64) -> Money { Money(minor: minor, digits: digits) }
    func exact(_ minor: Int64) -> Rational { money(minor).exact }
}
