import CYAML

/// Turns YAML text into nodes with their marks, through libyaml.
package enum YAMLDocument {
    /// Aliases may repeat a node, so the tree can be far larger than the text: beyond this it is an attack.
    private static let nodeLimit = 1_000_000
    private static let depthLimit = 32

    package static func parse(_ bytes: [UInt8], file: String) throws(Problem) -> YAMLNode {
        var parser = yaml_parser_t()
        guard yaml_parser_initialize(&parser) == 1 else { preconditionFailure("libyaml has no memory") }
        defer { yaml_parser_delete(&parser) }
        return try bytes.withUnsafeBufferPointer { buffer throws(Problem) -> YAMLNode in
            yaml_parser_set_input_string(&parser, buffer.baseAddress, buffer.count)
            var document = yaml_document_t()
            guard yaml_parser_load(&parser, &document) == 1 else { throw syntax(parser, file) }
            defer { yaml_document_delete(&document) }
            guard let root = yaml_document_get_root_node(&document) else {
                throw Problem(
                    file: file, line: 0, column: 0, path: "", message: "the file is empty",
                    remedy: "see Docs/configuration.md for what belongs there")
            }
            var composer = Composer(document: document, file: file)
            let node = try composer.node(root, depth: 0)
            try expectEnd(&parser, file)
            return node
        }
    }

    private static func expectEnd(_ parser: inout yaml_parser_t, _ file: String) throws(Problem) {
        var document = yaml_document_t()
        guard yaml_parser_load(&parser, &document) == 1 else { throw syntax(parser, file) }
        defer { yaml_document_delete(&document) }
        guard let root = yaml_document_get_root_node(&document) else { return }
        let mark = root.pointee.start_mark
        throw Problem(
            file: file, line: Int(mark.line) + 1, column: Int(mark.column) + 1, path: "",
            message: "a second document in the same file", remedy: "take out the line '---' or what follows it")
    }

    private static func syntax(_ parser: yaml_parser_t, _ file: String) -> Problem {
        let reason = parser.problem.map { String(cString: $0) } ?? "unreadable"
        let context = parser.context.map { String(cString: $0) + ", " } ?? ""
        return Problem(
            file: file, line: Int(parser.problem_mark.line) + 1, column: Int(parser.problem_mark.column) + 1, path: "",
            message: "not YAML: \(context)\(reason)",
            remedy: "check indentation, quotes and brackets at and above this line")
    }

    private struct Composer {
        var document: yaml_document_t
        let file: String
        var count = 0

        mutating func node(_ pointer: UnsafeMutablePointer<yaml_node_t>, depth: Int) throws(Problem) -> YAMLNode {
            let mark = YAMLNode.Mark(
                line: Int(pointer.pointee.start_mark.line) + 1, column: Int(pointer.pointee.start_mark.column) + 1)
            count += 1
            guard count <= YAMLDocument.nodeLimit, depth <= YAMLDocument.depthLimit else {
                throw problem(
                    mark,
                    "too large or too deep (\(YAMLDocument.nodeLimit) values and \(YAMLDocument.depthLimit) levels at most)",
                    "take out the aliases that multiply it")
            }
            switch pointer.pointee.type {
            case YAML_SEQUENCE_NODE: return YAMLNode(mark: mark, content: try sequence(pointer, depth))
            case YAML_MAPPING_NODE: return YAMLNode(mark: mark, content: try mapping(pointer, depth))
            default:
                let quoted = fg_yaml_is_plain(pointer) == 0
                return YAMLNode(mark: mark, content: .scalar(scalar(pointer), quoted: quoted))
            }
        }

        private func scalar(_ pointer: UnsafeMutablePointer<yaml_node_t>) -> String {
            let bytes = UnsafeBufferPointer(start: fg_yaml_scalar(pointer), count: fg_yaml_scalar_length(pointer))
            return String(decoding: bytes, as: UTF8.self)
        }

        private mutating func sequence(
            _ pointer: UnsafeMutablePointer<yaml_node_t>, _ depth: Int
        ) throws(Problem) -> YAMLNode.Content {
            var items: [YAMLNode] = []
            for index in 0..<fg_yaml_item_count(pointer) {
                guard let item = yaml_document_get_node(&document, fg_yaml_item(pointer, index)) else { continue }
                items.append(try node(item, depth: depth + 1))
            }
            return .sequence(items)
        }

        private mutating func mapping(
            _ pointer: UnsafeMutablePointer<yaml_node_t>, _ depth: Int
        ) throws(Problem) -> YAMLNode.Content {
            var pairs: [YAMLNode.Pair] = []
            var seen: Set<String> = []
            for index in 0..<fg_yaml_pair_count(pointer) {
                guard let keyNode = yaml_document_get_node(&document, fg_yaml_key(pointer, index)),
                    let valueNode = yaml_document_get_node(&document, fg_yaml_value(pointer, index))
                else { continue }
                let key = try node(keyNode, depth: depth + 1)
                guard case .scalar(let name, _) = key.content else {
                    throw problem(key.mark, "a key that is no text", "write the key as a word")
                }
                guard seen.insert(name).inserted else {
                    throw problem(key.mark, "the key '\(name)' stands here a second time", "keep one of the two")
                }
                pairs.append(YAMLNode.Pair(key: name, mark: key.mark, value: try node(valueNode, depth: depth + 1)))
            }
            return .mapping(pairs)
        }

        private func problem(_ mark: YAMLNode.Mark, _ message: String, _ remedy: String) -> Problem {
            Problem(
                file: file, line: mark.line, column: mark.column, path: "", message: message, remedy: remedy)
        }
    }
}
