/// One step of a plan: a program of the system with its arguments, as it is carried out and as it is shown.
package struct NetworkCommand: Hashable, Sendable {
    package enum Program: String, Sendable, CaseIterable {
        case ip, tc, nft, sysctl, conntrack
    }

    /// What it is for; steps in a row that share it are shown under one heading.
    package var purpose: String
    package var program: Program
    package var arguments: [String]
    /// What the program reads.
    package var input: String?
    /// It may fail: what it takes away need not be there.
    package var isOptional = false

    init(_ purpose: String, _ program: Program, _ line: String, input: String? = nil, isOptional: Bool = false) {
        self.purpose = purpose
        self.program = program
        arguments = line.split(separator: " ").map(String.init)
        self.input = input
        self.isOptional = isOptional
    }

    /// As one would type it.
    package var text: String {
        let line = ([program.rawValue] + arguments).joined(separator: " ")
        return input.map { "\(line) <<'RULES'\n\($0)RULES" } ?? line
    }

    /// Several, under headings.
    package static func text(_ commands: [NetworkCommand]) -> String {
        var lines: [String] = []
        var heading = ""
        for command in commands {
            if command.purpose != heading {
                heading = command.purpose
                lines.append((lines.isEmpty ? "" : "\n") + "# \(heading)")
            }
            lines.append(command.text + (command.isOptional ? " || true" : ""))
        }
        return lines.joined(separator: "\n")
    }
}
