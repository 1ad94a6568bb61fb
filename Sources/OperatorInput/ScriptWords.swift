import FieldModel

/// The words of one line, taken from left to right.
struct ScriptWords {
    private var words: ArraySlice<String>

    init(_ line: Substring) {
        let all = line.split(whereSeparator: \.isWhitespace)
        words = all.prefix { !$0.hasPrefix("#") }.map(String.init)[...]
    }

    var isEmpty: Bool { words.isEmpty }

    mutating func next() -> String? { words.popFirst() }

    /// `250ms` from the start, `+250ms` after `before`.
    mutating func time(after before: Duration) throws(LineFault) -> Duration {
        let word = next() ?? ""
        let isRelative = word.hasPrefix("+")
        guard let length = Self.duration(isRelative ? word.dropFirst() : word[...]) else {
            throw LineFault("\(word) is no time", "begin the line with 250ms, 1.5s, 2m or +250ms; at most 24 hours")
        }
        return isRelative ? before + length : length
    }

    mutating func isOn(_ what: String) throws(LineFault) -> Bool {
        switch next() {
        case "on": return true
        case "off": return false
        case let word:
            let message = word.map { "\($0) is neither on nor off" } ?? "on or off is missing"
            throw LineFault(message, "write \(what) on or \(what) off")
        }
    }

    mutating func button(_ names: ScriptNames?) throws(LineFault) -> Int {
        guard let word = next() else { throw LineFault("the button's name is missing", "write button NAME on|off") }
        guard let names else { return 0 }
        if let number = names.buttons.prefix(32).firstIndex(of: word) { return number }
        if let number = Int(word), (0..<32).contains(number) { return number }
        let known = names.buttons.isEmpty ? "a number from 0 to 31" : names.buttons.joined(separator: ", ")
        throw LineFault("the machine has no button \(word)", "write \(known)")
    }

    mutating func axis(_ names: ScriptNames?) throws(LineFault) -> AxisScript.Action {
        guard let word = next() else { throw LineFault("the axis's name is missing", Self.axisForm) }
        guard let place = names?.axes.firstIndex(of: word) ?? (names == nil ? 0 : nil) else {
            throw LineFault("the machine has no axis \(word)", "write \((names?.axes ?? []).joined(separator: ", "))")
        }
        guard words.first == "from" else {
            let value = try position()
            return .axis(place, from: value, to: value, over: .zero)
        }
        _ = next()
        let from = try position()
        try keyword("to")
        let to = try position()
        try keyword("over")
        return .axis(place, from: from, to: to, over: try length(after: "over"))
    }

    private static let axisForm = "write axis NAME VALUE, or axis NAME from A to B over DURATION"

    private mutating func keyword(_ wanted: String) throws(LineFault) {
        let word = next()
        guard word != wanted else { return }
        throw LineFault(
            word.map { "\(wanted) was expected, not \($0)" } ?? "\(wanted) is missing", Self.axisForm)
    }

    private mutating func position() throws(LineFault) -> Double {
        guard let word = next() else { throw LineFault("the axis's position is missing", Self.axisForm) }
        guard let value = DecimalNumber(word)?.double, abs(value) <= 1 else {
            throw LineFault("\(word) is no position of an axis", "write a number from -1 to 1; 0 is rest")
        }
        return value
    }

    private mutating func length(after keyword: String) throws(LineFault) -> Duration {
        guard let word = next() else {
            throw LineFault("the duration after \(keyword) is missing", "write \(keyword) 250ms or \(keyword) 1.5s")
        }
        guard let length = Self.duration(word[...]), length > .zero else {
            throw LineFault(
                "\(word) is no duration", "write \(keyword) 250ms or \(keyword) 1.5s; more than 0, at most 24 hours")
        }
        return length
    }

    /// `FIELD OP VALUE [within DURATION]`; field and value may be several words.
    mutating func expectation(time: Duration, line: Int) throws(LineFault) -> AxisScript.Expectation {
        let operators = AxisScript.Comparison.allCases.map(\.rawValue).joined(separator: " ")
        guard let place = words.firstIndex(where: { AxisScript.Comparison(rawValue: $0) != nil }),
            let comparison = AxisScript.Comparison(rawValue: words[place])
        else {
            throw LineFault(
                "there is no comparison", "write expect FIELD OP VALUE with spaces; OP is one of \(operators)")
        }
        let field = words[..<place].joined(separator: " ")
        guard !field.isEmpty else {
            throw LineFault("there is no field before \(comparison.rawValue)", "write one, such as state or axes NAME")
        }
        words = words[(place + 1)...]
        let value = words.prefix { $0 != "within" }
        guard !value.isEmpty else {
            throw LineFault("there is no value after \(comparison.rawValue)", "write what \(field) is compared with")
        }
        words = words.dropFirst(value.count)
        let within = next() == nil ? nil : try length(after: "within")
        return AxisScript.Expectation(
            time: time, field: field, comparison: comparison, value: value.joined(separator: " "), within: within,
            line: line)
    }

    /// Nothing may be left.
    func finish() throws(LineFault) {
        guard let word = words.first else { return }
        throw LineFault("\(word) is too much", "write one step a line; comments begin with #")
    }

    /// `250ms`, `1.5s`, `20us`, `2m`, and a bare 0; nil for anything else and beyond 24 hours.
    private static func duration(_ text: Substring) -> Duration? {
        if text == "0" { return .zero }
        let scales: [(suffix: String, nanoseconds: Int64)] = [
            ("us", 1000), ("ms", 1_000_000), ("s", 1_000_000_000), ("m", 60_000_000_000),
        ]
        guard let scale = scales.first(where: { text.hasSuffix($0.suffix) }) else { return nil }
        // A second sign would read as one.
        guard text.first?.isNumber ?? false, let number = DecimalNumber(text.dropLast(scale.suffix.count)),
            let product = number.multiplied(by: DecimalNumber(mantissa: scale.nanoseconds)),
            product.double <= 86_400e9
        else { return nil }
        return .nanoseconds(Int64(product.double.rounded()))
    }
}
