/// A YAML value and where it stands.
package struct YAMLNode: Sendable {
    package struct Mark: Hashable, Sendable {
        /// Both from 1.
        package var line: Int
        package var column: Int

        static let none = Mark(line: 0, column: 0)
    }

    package struct Pair: Sendable {
        package var key: String
        package var mark: Mark
        package var value: YAMLNode
    }

    package indirect enum Content: Sendable {
        /// Quoted text is text, whatever it looks like.
        case scalar(String, quoted: Bool)
        case sequence([YAMLNode])
        case mapping([Pair])
    }

    package var mark: Mark
    package var content: Content

    /// What it is, for messages.
    package var kind: String {
        switch content {
        case .scalar(let text, _): text.isEmpty ? "nothing" : "'\(text)'"
        case .sequence: "a list"
        case .mapping: "a mapping"
        }
    }
}
