import BigInt

/// How a value between two whole numbers is rounded. Always on the magnitude; the sign comes back after.
package enum RoundingMode: String, Hashable, Sendable, CaseIterable {
    case halfUp = "half_up"
    case halfEven = "half_even"
    case up
    case down
}

extension Rational {
    func rounded(_ mode: RoundingMode) -> BigInt {
        let (quotient, remainder) = numerator.magnitude.quotientAndRemainder(dividingBy: denominator.magnitude)
        let half = (remainder << 1)
        let isRoundedUp: Bool
        switch mode {
        case .up: isRoundedUp = !remainder.isZero
        case .down: isRoundedUp = false
        case .halfUp: isRoundedUp = half >= denominator.magnitude
        case .halfEven:
            let isOdd = quotient & 1 == 1
            isRoundedUp = half > denominator.magnitude || (half == denominator.magnitude && isOdd)
        }
        let magnitude = BigInt(isRoundedUp ? quotient + 1 : quotient)
        return isNegative ? -magnitude : magnitude
    }

    /// How many of `step` an amount is, neither below zero: the same in plain integers, where there are a million of them.
    static func steps(_ amount: Int128, of step: Int128, _ mode: RoundingMode) -> Int128 {
        let (quotient, remainder) = amount.quotientAndRemainder(dividingBy: step)
        // Not doubled, so that nothing overflows.
        let (missing, isTie) = (step - remainder, remainder == step - remainder)
        let isRoundedUp =
            switch mode {
            case .up: remainder > 0
            case .down: false
            case .halfUp: remainder >= missing
            case .halfEven: remainder > missing || (isTie && quotient & 1 == 1)
            }
        return isRoundedUp ? quotient + 1 : quotient
    }

    /// To a whole multiple of `step`, which is above zero.
    package func rounded(to step: Rational, _ mode: RoundingMode) -> Rational {
        Rational((self / step).rounded(mode), over: 1) * step
    }

    /// In minor units of a currency with so many of them; nil beyond 64 bits.
    package func minorUnits(digits: Int, _ mode: RoundingMode) -> Int64? {
        Int64(exactly: (self * Rational(BigInt(10).power(digits), over: 1)).rounded(mode))
    }
}

/// An amount in minor units of some currency: fen, cents.
package struct Money: Hashable, Comparable, Sendable {
    package var minor: Int64
    /// How many digits of it stand behind the point.
    package var digits: Int

    package init(minor: Int64, digits: Int) {
        self.minor = minor
        self.digits = digits
    }

    /// `-0.30`, `14400.00`; never `-0.00`.
    package var text: String { Rational.placed(BigInt(minor), digits: digits) }

    package var exact: Rational { Rational(BigInt(minor), over: BigInt(10).power(digits)) }

    package static func < (left: Money, right: Money) -> Bool { left.exact < right.exact }
}
