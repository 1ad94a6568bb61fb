import BigInt

/// An exact fraction of whole numbers of any size, always in lowest terms. Nothing on the money path is anything else
/// until it is rounded to minor units, once.
package struct Rational: Hashable, Comparable, Sendable {
    let numerator: BigInt
    /// Above zero.
    let denominator: BigInt

    init(_ numerator: BigInt, over denominator: BigInt) {
        precondition(!denominator.isZero, "a fraction over nothing")
        let sign = denominator.sign == .minus ? BigInt(-1) : 1
        let divisor =
            numerator.isZero
            ? denominator.magnitude
            : numerator.magnitude.greatestCommonDivisor(
                with: denominator.magnitude)
        self.numerator = sign * numerator / BigInt(divisor)
        self.denominator = sign * denominator / BigInt(divisor)
    }

    package init(_ whole: some BinaryInteger) {
        numerator = BigInt(whole)
        denominator = 1
    }

    /// `denominator` is not zero.
    package init(_ numerator: some BinaryInteger, over denominator: some BinaryInteger) {
        self.init(BigInt(numerator), over: BigInt(denominator))
    }

    package static let zero = Rational(0)
    package static let one = Rational(1)

    package var isZero: Bool { numerator.isZero }
    package var isNegative: Bool { numerator.sign == .minus && !numerator.isZero }
    package var isWhole: Bool { denominator == 1 }
    package var magnitude: Rational { isNegative ? -self : self }

    /// Nil when it is no whole number, or beyond 64 bits.
    package var whole: Int64? { isWhole ? Int64(exactly: numerator) : nil }

    package static func < (left: Rational, right: Rational) -> Bool {
        left.numerator * right.denominator < right.numerator * left.denominator
    }
}

extension Rational {
    package static func + (left: Rational, right: Rational) -> Rational {
        if left.denominator == right.denominator {
            return Rational(left.numerator + right.numerator, over: left.denominator)
        }
        return Rational(
            left.numerator * right.denominator + right.numerator * left.denominator,
            over: left.denominator * right.denominator)
    }

    package static prefix func - (value: Rational) -> Rational { Rational(-value.numerator, over: value.denominator) }

    package static func - (left: Rational, right: Rational) -> Rational { left + -right }

    package static func * (left: Rational, right: Rational) -> Rational {
        Rational(left.numerator * right.numerator, over: left.denominator * right.denominator)
    }

    /// `right` is not zero.
    package static func / (left: Rational, right: Rational) -> Rational {
        Rational(left.numerator * right.denominator, over: left.denominator * right.numerator)
    }

    package static func += (left: inout Rational, right: Rational) { left = left + right }
    package static func -= (left: inout Rational, right: Rational) { left = left - right }

    /// `exponent` is not negative.
    package func raised(to exponent: Int) -> Rational {
        Rational(numerator.power(exponent), over: denominator.power(exponent))
    }

    /// The greatest whole number not above it.
    var floor: BigInt {
        let (quotient, remainder) = numerator.quotientAndRemainder(dividingBy: denominator)
        return remainder.sign == .minus && !remainder.isZero ? quotient - 1 : quotient
    }

    /// The least whole number not below it.
    package var ceiling: Rational { -Rational((-self).floor, over: 1) }
}

extension Sequence where Element == Rational {
    package var sum: Rational { reduce(.zero, +) }
}
