/// Finds the import declarations of a Swift file; comments and texts are passed over.
enum ImportScanner {
    struct Import: Hashable {
        var module: String
        /// From 1.
        var line: Int
    }

    static func imports(in source: String) -> [Import] {
        var found: [Import] = []
        for (index, line) in code(of: source).split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            for statement in line.split(separator: ";") {
                if let module = module(in: statement) { found.append(Import(module: module, line: index + 1)) }
            }
        }
        return found
    }

    private static let kinds: Set<Substring> = [
        "typealias", "struct", "class", "enum", "protocol", "let", "var", "func",
    ]
    private static let modifiers: Set<Substring> = ["public", "package", "internal", "fileprivate", "private"]

    /// `@attribute(…) modifier import kind Module.part`.
    private static func module(in statement: Substring) -> String? {
        var words = statement.split(whereSeparator: \.isWhitespace)[...]
        while let word = words.first, word.hasPrefix("@") || modifiers.contains(word) { words.removeFirst() }
        guard words.popFirst() == "import" else { return nil }
        if let kind = words.first, kinds.contains(kind) { words.removeFirst() }
        return words.first?.split(separator: ".").first.map { $0.filter { $0 != "`" } }
    }

    private enum State {
        case code, lineComment, text, longText
        case blockComment(depth: Int)
    }

    /// The source with comments and texts blanked, its lines where they were.
    private static func code(of source: String) -> String {
        var rest = Substring(source)
        var code = ""
        var state = State.code
        func take(_ mark: String) -> Bool {
            guard rest.hasPrefix(mark) else { return false }
            rest.removeFirst(mark.count)
            return true
        }
        while let character = rest.first {
            if character.isNewline {
                rest.removeFirst()
                code.append("\n")
                if case .lineComment = state { state = .code }
                continue
            }
            switch state {
            case .code:
                if take("//") {
                    state = .lineComment
                } else if take("/*") {
                    state = .blockComment(depth: 1)
                    code.append(" ")
                } else if take("\"\"\"") {
                    state = .longText
                } else if take("\"") {
                    state = .text
                } else {
                    code.append(rest.removeFirst())
                }
            case .lineComment: rest.removeFirst()
            case .blockComment(let depth):
                if take("*/") {
                    state = depth == 1 ? .code : .blockComment(depth: depth - 1)
                } else if take("/*") {
                    state = .blockComment(depth: depth + 1)
                } else {
                    rest.removeFirst()
                }
            case .text:
                if take("\\\\") || take("\\\"") { continue }
                if take("\"") { state = .code } else { rest.removeFirst() }
            case .longText:
                if take("\\\"") { continue }
                if take("\"\"\"") { state = .code } else { rest.removeFirst() }
            }
        }
        return code
    }
}
