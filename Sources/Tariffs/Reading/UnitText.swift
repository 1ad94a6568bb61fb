import Billing

/// Units, and sizes such as `1 MB`.
enum UnitText {
    static func bytes(_ text: some StringProtocol) -> TariffUnit? {
        TariffUnit.Bytes(rawValue: String(text)).map { .bytes($0) }
    }

    /// Of bytes.
    static func size(_ text: String) -> (number: Rational, unit: TariffUnit)? {
        guard let (number, rest) = split(text), let unit = bytes(rest) else { return nil }
        return number > .zero ? (number, unit) : nil
    }

    /// `0.5 MB`, `10msg`: a plain decimal and the name of a unit.
    static func split(_ text: String) -> (number: Rational, unit: Substring)? {
        let digits = text.prefix { $0 == "." || $0 == "-" || ("0"..."9").contains($0) }
        let unit = text.dropFirst(digits.count).drop { $0 == " " }
        guard let number = Rational(decimal: digits), !unit.isEmpty else { return nil }
        return (number, unit)
    }
}
