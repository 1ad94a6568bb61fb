import Billing
import Configuration
import Foundation
import Tariffs
import Testing

/// `Scripts/check-schemas` holds the schema against these cases; here the reader judges them.
@Suite("The reader beside the schema")
struct SchemaTests {
    struct Case: CustomTestStringConvertible, Sendable {
        var name: String
        var text: String
        var testDescription: String { name }
    }

    @Test("takes what the schema takes", arguments: try cases("good"))
    func good(_ given: Case) {
        #expect(TariffLoader().load(Array(given.text.utf8), file: given.name).problems.map(\.text) == [])
    }

    @Test("refuses what the schema refuses", arguments: try cases("bad"))
    func bad(_ given: Case) {
        #expect(TariffLoader().load(Array(given.text.utf8), file: given.name).tariff == nil)
    }

    private static func cases(_ verdict: String) throws -> [Case] {
        let file = Desk.repository.appending(path: "Tests/Fixtures/schema/tariff.yaml")
        let root = pairs(try YAMLDocument.parse(Array(try Data(contentsOf: file)), file: "tariff.yaml"))
        let base = pairs(root.first { $0.key == "base" }?.value)
        return pairs(root.first { $0.key == verdict }?.value).map { given in
            let changes = pairs(given.value)
            let kept = base.filter { pair in !changes.contains { $0.key == pair.key } }
            let taken = changes.filter { pair in text(pair.value) != "null" }
            let lines = (kept + taken).map { "\(quoted($0.key)): \(text($0.value))" }
            return Case(name: given.key, text: lines.joined(separator: "\n"))
        }
    }

    private static func pairs(_ node: YAMLNode?) -> [YAMLNode.Pair] {
        if case .mapping(let pairs)? = node?.content { pairs } else { [] }
    }

    /// The node in YAML's flow form, quotes where they were.
    private static func text(_ node: YAMLNode) -> String {
        switch node.content {
        case .scalar(let text, let isQuoted): isQuoted ? quoted(text) : text
        case .sequence(let items): "[\(items.map(text).joined(separator: ", "))]"
        case .mapping(let pairs): "{\(pairs.map { "\(quoted($0.key)): \(text($0.value))" }.joined(separator: ", "))}"
        }
    }

    private static func quoted(_ text: String) -> String { "\"\(text)\"" }
}
