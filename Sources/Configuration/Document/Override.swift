/// One `--set path=value`: replaces or adds a value before the file is read.
package struct Override: Hashable, Sendable {
    package var path: [String]
    package var value: String
    /// As it was written, for messages.
    package var text: String

    /// Nil without a path or an equals sign.
    package init?(_ text: String) {
        guard let equals = text.firstIndex(of: "=") else { return nil }
        let path = text[..<equals].split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard !path.isEmpty, !path.contains("") else { return nil }
        self.path = path
        self.text = text
        value = String(text[text.index(after: equals)...])
    }

    /// `profiles.ID.…` is meant for a profile.
    var profile: String? { path.count > 2 && path[0] == "profiles" ? path[1] : nil }

    var pathInProfile: [String] { Array(path.dropFirst(2)) }

    /// The tree with the value in place. An item of a list is named by its `id`, or by its index from 0.
    func apply(to root: YAMLNode, path: [String]) throws(Problem) -> YAMLNode {
        // No text at all is a value too: it makes the message of whoever reads it.
        let parsed = value.isEmpty ? nil : try? YAMLDocument.parse(Array(value.utf8), file: "--set \(text)")
        let leaf = parsed?.withoutPlace ?? YAMLNode(mark: .none, content: .scalar(value, quoted: true))
        return try replace(in: root, path[...], leaf)
    }

    private func replace(in node: YAMLNode, _ path: ArraySlice<String>, _ leaf: YAMLNode) throws(Problem) -> YAMLNode {
        guard let step = path.first else { return leaf }
        var node = node
        switch node.content {
        case .mapping(var pairs):
            if let index = pairs.firstIndex(where: { $0.key == step }) {
                pairs[index].value = try replace(in: pairs[index].value, path.dropFirst(), leaf)
            } else {
                let empty = YAMLNode(mark: .none, content: .mapping([]))
                let value = try replace(in: empty, path.dropFirst(), leaf)
                pairs.append(YAMLNode.Pair(key: step, mark: .none, value: value))
            }
            node.content = .mapping(pairs)
        case .sequence(var items):
            guard let index = items.firstIndex(where: { $0.isNamed(step) }) ?? Int(step), items.indices.contains(index)
            else { throw problem("the list has no item '\(step)'", "name an item by its id, or by its index from 0") }
            items[index] = try replace(in: items[index], path.dropFirst(), leaf)
            node.content = .sequence(items)
        case .scalar:
            throw problem("there is nothing below \(node.kind) to set", "name the path of a mapping")
        }
        return node
    }

    func problem(_ message: String, _ remedy: String) -> Problem {
        Problem(
            file: "--set \(text)", line: 0, column: 0, path: path.joined(separator: "."), message: message,
            remedy: remedy)
    }
}

extension YAMLNode {
    func isNamed(_ id: String) -> Bool {
        guard case .mapping(let pairs) = content,
            case .scalar(id, _)? = pairs.first(where: { $0.key == "id" })?.value.content
        else { return false }
        return true
    }

    /// What comes from the command line stands at no place of the file.
    fileprivate var withoutPlace: YAMLNode {
        switch content {
        case .scalar: YAMLNode(mark: .none, content: content)
        case .sequence(let items): YAMLNode(mark: .none, content: .sequence(items.map(\.withoutPlace)))
        case .mapping(let pairs):
            YAMLNode(
                mark: .none,
                content: .mapping(
                    pairs.map { YAMLNode.Pair(key: $0.key, mark: .none, value: $0.value.withoutPlace) }))
        }
    }
}
