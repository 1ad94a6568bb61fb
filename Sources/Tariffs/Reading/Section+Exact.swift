import Billing
import Calendars
import Configuration
import FieldModel

/// What values of a plan may be.
enum Bounds {
    case any
    case notNegative
    case positive
    /// 0 to 1.
    case part

    func fault(_ value: Rational, _ text: String) -> (message: String, remedy: String)? {
        switch self {
        case .any: nil
        case .notNegative: value.isNegative ? ("\(text) is below zero", "write 0 or more") : nil
        case .positive: value > .zero ? nil : ("\(text) is not above zero", "write a number above zero")
        case .part:
            if value > .one {
                ("\(text) is more than 1: a rate is a part of the whole", "for \(text) % write \(percent(value))")
            } else if value.isNegative {
                ("\(text) is below zero", "write a part from \"0\" to \"1\"")
            } else {
                nil
            }
        }
    }

    private func percent(_ value: Rational) -> String { "\"\((value / Rational(100)).shown)\"" }
}

/// Values of plans.
extension Section {
    /// A quoted decimal.
    func exact(_ key: String, _ bounds: Bounds = .any) -> DecimalText? {
        guard let node = node(key) else { return nil }
        guard case .scalar(let text, let isQuoted) = node.content else {
            reject(key, "\(node.kind) cannot be used here", remedy: "write a number in quotes, e.g. \"0.10\"")
            return nil
        }
        guard isQuoted, let decimal = DecimalText(text) else {
            let (message, remedy) = Self.fault(text, isQuoted: isQuoted)
            reject(key, message, remedy: remedy)
            return nil
        }
        if let (message, remedy) = bounds.fault(decimal.value, text) {
            reject(key, message, remedy: remedy)
            return nil
        }
        return decimal
    }

    func requiredExact(_ key: String, _ bounds: Bounds = .any, remedy: String) -> DecimalText? {
        require(key, exact(key, bounds), remedy: remedy)
    }

    /// The key is there, and says that nothing is: `null`, `~` or no value at all.
    func isNull(_ key: String) -> Bool {
        guard case .scalar(let text, quoted: false)? = node(key)?.content else { return false }
        return ["null", "~", ""].contains(text)
    }

    /// Why a text is no number of a plan, and what to write.
    private static func fault(_ text: String, isQuoted: Bool) -> (message: String, remedy: String) {
        let form = "write up to 15 digits, a point and up to 12 more, in quotes, e.g. \"0.10\""
        if text.hasSuffix("%") {
            let number = text.dropLast().filter { $0 != " " }
            let value = Rational(decimal: number).map { "\"\(($0 / Rational(100)).shown)\"" }
            return ("'\(text)' is a percentage", value.map { "write \($0)" } ?? form)
        }
        if DecimalText(text) != nil {
            return (
                "\(text) is not in quotes, and a reader of YAML may turn it into a binary fraction",
                "write \"\(text)\""
            )
        }
        let looksScientific = text.utf8.contains { $0 & 0xDF == UInt8(ascii: "E") }
        if looksScientific, let number = DecimalNumber(text) {
            return ("'\(text)' has an exponent", written(number).map { "write \"\($0)\"" } ?? form)
        }
        return ("'\(text)' is no number that a plan can count with", form)
    }

    private static func written(_ number: DecimalNumber) -> String? {
        var value = Rational(number.mantissa)
        for _ in 0..<number.digits { value = value / Rational(10) }
        return DecimalText(value.shown)?.text
    }

    /// A local date: `2026-01-01`.
    func date(_ key: String) -> LocalDate? {
        if isNull(key) { return nil }
        return read(key, "a date such as 2026-01-01") { text, _ in LocalDate(text) }
    }

    /// Words of a list, each with its node.
    func list(_ key: String, _ expected: String, where isValid: (String) -> Bool) -> [(text: String, node: YAMLNode)] {
        guard let node = node(key) else { return [] }
        guard case .sequence(let items) = node.content else {
            reject(key, "a list belongs here, not \(node.kind)", remedy: "write it in brackets: [first, second]")
            return []
        }
        return items.enumerated().compactMap { index, item in
            if case .scalar(let text, let isQuoted) = item.content, isQuoted || text != "null", isValid(text) {
                return (text, item)
            }
            reject(item, in: "\(key)[\(index)]", "\(item.kind) cannot be used here", remedy: "write \(expected)")
            return nil
        }
    }

    /// Every pair of `keys` that means nothing here is said to be so; all of them count as asked for.
    func refuse(_ keys: [String], _ why: String, remedy: String) {
        for key in keys where has(key) { reject(key, "'\(key)' means nothing \(why)", remedy: remedy) }
    }
}
