import FieldModel

/// Reads `serving_cell`: which fields follow which word.
struct ModemCellReader {
    private let section: Section

    init(_ section: Section) {
        self.section = section
    }

    func read() -> ModemProfile.CellReply? {
        defer { section.finish() }
        let command = section.require(
            "command", section.command("command"), remedy: "name the question, e.g. `command: AT+QENG=\"servingcell\"`")
        let bandwidth = section.choice("bandwidth", ModemProfile.Bandwidth.allCases.map { ($0.rawValue, $0) })
        if !section.has("forms") {
            section.reject(nil, "'forms' is missing", remedy: "list the forms of the answer under `forms:`")
        }
        let forms = section.sections("forms").compactMap(form)
        guard let command else { return nil }
        return ModemProfile.CellReply(command: command, forms: forms, bandwidth: bandwidth ?? .literal)
    }

    private func form(_ section: Section) -> ModemProfile.CellForm? {
        defer { section.finish() }
        let word = section.require(
            "word", section.text("word"), remedy: "give the word that names the technology, e.g. `word: NR5G-SA`")
        let radio = section.require(
            "radio", section.choice("radio", RadioAccess.allCases.map { ($0.rawValue, $0) }),
            remedy: "say what the word means, e.g. `radio: nr-sa`")
        let names = ModemProfile.CellField.allCases.map(\.rawValue)
        let fields = section.require(
            "fields",
            section.words("fields", "one of \(names.joined(separator: ", "))") { names.contains($0) },
            remedy: "list what follows the word, e.g. `fields: [skip, mcc, mnc, cell]`")
        guard let word, let radio, let fields else { return nil }
        return ModemProfile.CellForm(
            word: word, radio: radio, fields: fields.compactMap { ModemProfile.CellField(rawValue: $0) })
    }
}

extension Section {
    /// One AT command, as it is sent but for its end.
    func command(_ key: String) -> String? {
        guard let text = text(key) else { return nil }
        if Self.isCommand(text) { return text }
        reject(key, "'\(text)' is no AT command", remedy: "write \(Self.commandRemedy)")
        return nil
    }

    func commands(_ key: String) -> [String]? {
        words(key, Self.commandRemedy) { Self.isCommand($0) }
    }

    /// Beginnings of lines.
    func beginnings(_ key: String) -> [String]? {
        words(key, "the beginning of a line, 2 to 64 printable characters") { text in
            (2...64).contains(text.utf8.count) && text.utf8.allSatisfy { (0x20...0x7E).contains($0) }
        }
    }

    /// A list of texts of one kind; nil where the key is not there or an item is of another kind.
    func words(_ key: String, _ expected: String, where isValid: (String) -> Bool) -> [String]? {
        guard let node = node(key) else { return nil }
        guard case .sequence(let items) = node.content else {
            reject(key, "a list belongs here, not \(node.kind)", remedy: "write it in brackets: [\(node.kind)]")
            return nil
        }
        var words: [String] = []
        for item in items {
            if case .scalar(let text, _) = item.content, isValid(text) {
                words.append(text)
            } else {
                reject(key, "\(item.kind) cannot be used here", remedy: "write \(expected)")
            }
        }
        guard words.count == items.count, !words.isEmpty else {
            if items.isEmpty { reject(key, "the list is empty", remedy: "write \(expected), or leave the key out") }
            return nil
        }
        return words
    }

    private static let commandRemedy = "an AT command of at most 128 printable characters, such as AT+CSQ"

    private static func isCommand(_ text: String) -> Bool {
        (text.hasPrefix("AT") || text.hasPrefix("at")) && (3...128).contains(text.utf8.count)
            && text.utf8.allSatisfy { (0x20...0x7E).contains($0) }
    }
}
