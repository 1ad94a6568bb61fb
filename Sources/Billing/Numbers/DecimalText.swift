import BigInt

/// A number as a plan writes it: its text, kept for invoices, and its exact value.
package struct DecimalText: Hashable, Sendable {
    package let text: String
    package let value: Rational

    /// Digits allowed before and after the point.
    package static let wholeDigits = 15
    package static let fractionDigits = 12

    /// `-?(0|[1-9]\d{0,14})(\.\d{1,12})?` and nothing else.
    package init?(_ text: some StringProtocol) {
        guard let scaled = Self.scaled(text) else { return nil }
        self.text = String(text)
        value = Rational(scaled, over: Self.scale)
    }

    /// What the value is counted in where many are added: 10⁻¹².
    package static let scale: Int128 = 1_000_000_000_000

    /// The value times 10¹², below 10²⁸; nil when the text is no such decimal.
    package static func scaled(_ text: some StringProtocol) -> Int128? {
        var bytes = Array(text.utf8)[...]
        let isNegative = bytes.first == UInt8(ascii: "-")
        if isNegative { bytes.removeFirst() }
        let whole = bytes.prefix { $0 != UInt8(ascii: ".") }
        let rest = bytes.dropFirst(whole.count)
        guard let first = whole.first, whole.count <= wholeDigits, whole.count == 1 || first != UInt8(ascii: "0"),
            rest.isEmpty || (2...fractionDigits + 1).contains(rest.count)
        else { return nil }
        let fraction = rest.dropFirst()
        var value: Int128 = 0
        for byte in whole + fraction {
            guard (0x30...0x39).contains(byte) else { return nil }
            value = value * 10 + Int128(byte - 0x30)
        }
        for _ in fraction.count..<fractionDigits { value *= 10 }
        return isNegative ? -value : value
    }
}

extension Rational {
    /// A decimal as plans write it: see `DecimalText`.
    package init?(decimal text: some StringProtocol) {
        guard let decimal = DecimalText(text) else { return nil }
        self = decimal.value
    }

    /// `3/8`, `-2`: exact, whatever its size; the way to store one.
    package var fraction: String { isWhole ? "\(numerator)" : "\(numerator)/\(denominator)" }

    /// What `fraction` wrote.
    package init?(fraction text: some StringProtocol) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), let numerator = BigInt(parts[0]),
            let denominator = parts.count == 2 ? BigInt(parts[1]) : 1, denominator > 0
        else { return nil }
        self.init(numerator, over: denominator)
    }

    /// For people: exact where twelve decimals suffice (`120.005`), else six with `~` before them.
    package var shown: String {
        for digits in 0...DecimalText.fractionDigits {
            let scaled = self * Rational(BigInt(10).power(digits), over: 1)
            if scaled.isWhole { return Self.placed(scaled.numerator, digits: digits) }
        }
        let scaled = (self * Rational(1_000_000)).rounded(.halfEven)
        return "~" + Self.placed(scaled, digits: 6)
    }

    /// A whole number with its point `digits` places from the right; never `-0.00`.
    static func placed(_ scaled: BigInt, digits: Int) -> String {
        let sign = scaled.sign == .minus && !scaled.isZero ? "-" : ""
        let plain = String(scaled.magnitude)
        guard digits > 0 else { return sign + plain }
        let padded = String(repeating: "0", count: max(0, digits + 1 - plain.count)) + plain
        return sign + padded.dropLast(digits) + "." + padded.suffix(digits)
    }
}
