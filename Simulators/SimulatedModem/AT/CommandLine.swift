/// Takes a command line apart: `ATZ E0 V1`, `AT+CMEE=1;+CREG=2`, `ATD*99#`.
struct CommandLine {
    private let characters: [Character]
    private var place = 0

    /// The commands in their order; nil when the line does not begin with AT, which a modem ignores.
    static func commands(in line: String) -> [ATCommand]? {
        let characters = Array(line).filter { !$0.isNewline }
        guard let start = characters.firstIndex(where: { $0 != " " }), characters.count >= start + 2,
            String(characters[start...(start + 1)]).uppercased() == "AT"
        else { return nil }
        var line = CommandLine(characters: Array(characters[(start + 2)...]))
        return line.all()
    }

    private init(characters: [Character]) { self.characters = characters }

    private mutating func all() -> [ATCommand] {
        var commands: [ATCommand] = []
        while let next = peek {
            if next == " " || next == ";" {
                place += 1
            } else if "+*^$!#%".contains(next) {
                commands.append(extended())
            } else {
                commands.append(basic())
            }
        }
        return commands
    }

    private var peek: Character? { place < characters.count ? characters[place] : nil }

    private mutating func extended() -> ATCommand {
        let name = take { !"=?; ".contains($0) }.uppercased()
        switch peek {
        case "?":
            place += 1
            return ATCommand(name, .read)
        case "=":
            place += 1
            let text = value()
            return text == "?" ? ATCommand(name, .test) : ATCommand(name, .set, text)
        default: return ATCommand(name)
        }
    }

    private mutating func value() -> String {
        var quoted = false
        return take {
            if $0 == "\"" { quoted.toggle() }
            return quoted || $0 != ";"
        }
    }

    private mutating func basic() -> ATCommand {
        var name = String(characters[place]).uppercased()
        place += 1
        if name == "&", let letter = peek {
            name += String(letter).uppercased()
            place += 1
        }
        // A dial string takes the rest of the line, with its semicolon.
        if name == "D" { return ATCommand(name, .execute, take { _ in true }) }
        let number = take { $0.isNumber }
        guard name == "S" else { return ATCommand(name, .execute, number) }
        let operation = take { $0 == "=" || $0 == "?" }
        if operation == "?" { return ATCommand("S" + number, .read) }
        return ATCommand("S" + number, .set, take { $0.isNumber })
    }

    private mutating func take(while condition: (Character) -> Bool) -> String {
        let start = place
        while let next = peek, condition(next) { place += 1 }
        return String(characters[start..<place])
    }
}
