/// One command of a command line (ITU-T V.250, 5.3 and 5.4).
package struct ATCommand: Equatable, Sendable {
    package enum Kind: Equatable, Sendable {
        /// `AT+CSQ`, and the basic commands with their number: `ATE0`.
        case execute
        /// `AT+CREG=2`
        case set
        /// `AT+CREG?`
        case read
        /// `AT+CREG=?`
        case test
    }

    /// In capitals, with its prefix: `+CREG`, `E`, `&F`, `D`.
    package let name: String
    package let kind: Kind
    /// What follows `=`, or the number or dial string behind a basic command.
    package let text: String

    package init(_ name: String, _ kind: Kind = .execute, _ text: String = "") {
        (self.name, self.kind, self.text) = (name, kind, text)
    }

    /// The parameters, without their quotation marks; an omitted one is empty.
    package var arguments: [String] {
        guard !text.isEmpty else { return [] }
        var arguments = [""]
        var quoted = false
        for character in text {
            switch character {
            case "\"": quoted.toggle()
            case "," where !quoted: arguments.append("")
            case " " where !quoted: break
            default: arguments[arguments.count - 1].append(character)
            }
        }
        return arguments
    }

    /// The parameter at a place, nil when it is omitted.
    package func argument(_ place: Int) -> String? {
        let arguments = arguments
        guard arguments.indices.contains(place), !arguments[place].isEmpty else { return nil }
        return arguments[place]
    }

    package func integer(_ place: Int) -> Int? { argument(place).flatMap { Int($0) } }
}
