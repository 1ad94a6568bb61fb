/// Minor units as people write them: `-1,234.50`.
enum MoneyText {
    static func text(_ minor: Int64, digits: Int) -> String {
        let magnitude = String(minor.magnitude)
        let padded = String(repeating: "0", count: max(0, digits + 1 - magnitude.count)) + magnitude
        let whole = grouped(padded.dropLast(digits))
        return (minor < 0 ? "-" : "") + whole + (digits > 0 ? "." + padded.suffix(digits) : "")
    }

    private static func grouped(_ digits: Substring) -> String {
        var groups: [Substring] = []
        var rest = digits
        while rest.count > 3 {
            groups.append(rest.suffix(3))
            rest.removeLast(3)
        }
        groups.append(rest)
        return groups.reversed().joined(separator: ",")
    }
}

/// Numbers of cards and devices as others may see them: the beginning that names the issuer, and the last four.
enum Masking {
    static func text(_ identity: String) -> String {
        guard identity.count > 8 else {
            return String(repeating: "•", count: max(0, identity.count - 2)) + identity.suffix(2)
        }
        return identity.prefix(4) + String(repeating: "•", count: identity.count - 8) + identity.suffix(4)
    }
}
