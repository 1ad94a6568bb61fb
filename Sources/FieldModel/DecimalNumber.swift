/// An exact decimal number, `mantissa × 10^−digits`: what a scale or a set-point says, without binary rounding.
public struct DecimalNumber: Hashable, Sendable {
    public var mantissa: Int64
    /// Digits after the point, 0–18.
    public var digits: UInt8

    public init(mantissa: Int64, digits: UInt8 = 0) {
        self.mantissa = mantissa
        self.digits = digits
    }

    public static let zero = DecimalNumber(mantissa: 0)
    public static let one = DecimalNumber(mantissa: 1)

    /// The nearest with so many digits after the point; `value` is finite and below 10¹⁵.
    public init(rounding value: Double, digits: UInt8) {
        var scaled = value
        for _ in 0..<digits { scaled *= 10 }
        self.init(mantissa: Int64(scaled.rounded()), digits: digits)
    }

    /// Parses `-12.5`, `1e-3`, `7`; nil for anything else and for numbers beyond 18 digits.
    public init?(_ text: some StringProtocol) {
        var mantissa: Int64 = 0
        var digits = 0
        var exponent = 0
        var seenDigit = false
        var seenPoint = false
        var bytes = Array(text.utf8)[...]
        let negative = bytes.first == UInt8(ascii: "-")
        if negative || bytes.first == UInt8(ascii: "+") { bytes.removeFirst() }
        while let byte = bytes.first {
            bytes.removeFirst()
            switch byte {
            case 0x30...0x39:
                let (times, over) = mantissa.multipliedReportingOverflow(by: 10)
                let (sum, carried) = times.addingReportingOverflow(Int64(byte - 0x30))
                guard !over, !carried else { return nil }
                mantissa = sum
                seenDigit = true
                if seenPoint { digits += 1 }
            case UInt8(ascii: ".") where !seenPoint:
                seenPoint = true
            case UInt8(ascii: "e"), UInt8(ascii: "E"):
                guard seenDigit, let parsed = Self.exponent(bytes) else { return nil }
                exponent = parsed
                bytes = []
            default:
                return nil
            }
        }
        guard seenDigit else { return nil }
        digits -= exponent
        while digits < 0 {
            let (times, over) = mantissa.multipliedReportingOverflow(by: 10)
            guard !over else { return nil }
            mantissa = times
            digits += 1
        }
        self.init(mantissa: negative ? -mantissa : mantissa, digits: 0)
        guard digits <= 18 || mantissa == 0 else { return nil }
        self.digits = UInt8(min(digits, 18))
        self = reduced
    }

    /// One sign at most, then digits: −18 to 18.
    private static func exponent(_ bytes: ArraySlice<UInt8>) -> Int? {
        let negative = bytes.first == UInt8(ascii: "-")
        let digits = negative || bytes.first == UInt8(ascii: "+") ? bytes.dropFirst() : bytes
        guard digits.allSatisfy({ (0x30...0x39).contains($0) }),
            let magnitude = Int(String(decoding: digits, as: UTF8.self)), magnitude <= 18
        else { return nil }
        return negative ? -magnitude : magnitude
    }

    /// The same number without trailing zeros after the point.
    public var reduced: DecimalNumber {
        var reduced = self
        while reduced.digits > 0, reduced.mantissa % 10 == 0 {
            reduced.mantissa /= 10
            reduced.digits -= 1
        }
        return reduced
    }

    /// The nearest binary number; exact inputs below 2^53 give the correctly rounded quotient.
    public var double: Double { Double(mantissa) / Self.powersOfTen[Int(digits)] }

    /// The same number with exactly `digits` places, nil when that loses something or overflows.
    public func rescaled(toDigits wanted: UInt8) -> DecimalNumber? {
        var result = self
        while result.digits < wanted {
            let (times, over) = result.mantissa.multipliedReportingOverflow(by: 10)
            guard !over else { return nil }
            result.mantissa = times
            result.digits += 1
        }
        while result.digits > wanted {
            guard result.mantissa % 10 == 0 else { return nil }
            result.mantissa /= 10
            result.digits -= 1
        }
        return result
    }

    /// Sum, nil on overflow.
    public func adding(_ other: DecimalNumber) -> DecimalNumber? {
        let digits = max(self.digits, other.digits)
        guard let left = rescaled(toDigits: digits), let right = other.rescaled(toDigits: digits) else { return nil }
        let (sum, over) = left.mantissa.addingReportingOverflow(right.mantissa)
        return over ? nil : DecimalNumber(mantissa: sum, digits: digits)
    }

    /// Product, nil on overflow.
    public func multiplied(by other: DecimalNumber) -> DecimalNumber? {
        let (product, over) = mantissa.multipliedReportingOverflow(by: other.mantissa)
        let digits = Int(self.digits) + Int(other.digits)
        guard !over, digits <= 18 else { return nil }
        return DecimalNumber(mantissa: product, digits: UInt8(digits))
    }

    static let powersOfTen: [Double] = (0...18).map { exponent in
        (0..<exponent).reduce(1.0) { power, _ in power * 10 }
    }
}

extension DecimalNumber: Comparable {
    public static func < (left: DecimalNumber, right: DecimalNumber) -> Bool {
        let digits = max(left.digits, right.digits)
        if let a = left.rescaled(toDigits: digits), let b = right.rescaled(toDigits: digits) {
            return a.mantissa < b.mantissa
        }
        return left.double < right.double
    }
}

extension DecimalNumber: CustomStringConvertible {
    public var description: String {
        let reduced = self.reduced
        guard reduced.digits > 0 else { return String(reduced.mantissa) }
        var magnitude = String(reduced.mantissa.magnitude)
        let places = Int(reduced.digits)
        if magnitude.utf8.count <= places {
            magnitude = String(repeating: "0", count: places + 1 - magnitude.utf8.count) + magnitude
        }
        let point = magnitude.index(magnitude.endIndex, offsetBy: -places)
        return "\(reduced.mantissa < 0 ? "-" : "")\(magnitude[..<point]).\(magnitude[point...])"
    }
}
