/// The fields of a line such as `+QENG: "servingcell","NOCONN",-,460`. Quotes are taken off; `-` and nothing are nil.
package struct ReplyFields: Hashable, Sendable {
    package struct Field: Hashable, Sendable {
        package var text: String
        package var isQuoted: Bool
    }

    package var fields: [Field?]

    /// Of all that follows the line's beginning; of the whole line where it has none.
    package init(_ line: String) {
        let name = UnsolicitedLine.name(of: line)
        fields = Self.split(name.map { line.dropFirst($0.count + 1) } ?? line[...])
    }

    package var count: Int { fields.count }

    package func text(_ index: Int) -> String? {
        fields.indices.contains(index) ? fields[index]?.text : nil
    }

    package func isQuoted(_ index: Int) -> Bool {
        fields.indices.contains(index) && fields[index]?.isQuoted == true
    }

    package func integer(_ index: Int) -> Int? { text(index).flatMap { Int($0) } }

    /// Finite and of a size that radio values have.
    package func number(_ index: Int) -> Double? {
        text(index).flatMap { Double($0) }.flatMap { abs($0) < 1e9 ? $0 : nil }
    }

    package func hexadecimal(_ index: Int) -> UInt64? {
        text(index).flatMap { UInt64($0, radix: 16) }
    }

    package func unsigned(_ index: Int) -> UInt64? { text(index).flatMap { UInt64($0) } }

    private static func split(_ text: Substring) -> [Field?] {
        var fields: [Field?] = []
        var current = ""
        var inQuotes = false
        var wasQuoted = false
        func finish() {
            let trimmed = wasQuoted ? current : current.trimmingSpaces
            fields.append(trimmed.isEmpty || trimmed == "-" ? nil : Field(text: trimmed, isQuoted: wasQuoted))
            current = ""
            wasQuoted = false
        }
        for character in text {
            switch character {
            case "\"":
                if !inQuotes { current = "" }
                inQuotes.toggle()
                wasQuoted = true
            case "," where !inQuotes: finish()
            case " " where wasQuoted && !inQuotes: continue
            default: current.append(character)
            }
        }
        finish()
        return fields
    }
}

extension StringProtocol {
    var trimmingSpaces: String {
        String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
}

/// Lines of a reply that begin in one way.
extension [String] {
    func fields(of name: String) -> [ReplyFields] {
        filter { UnsolicitedLine.name(of: $0) == name }.map { ReplyFields($0) }
    }
}
