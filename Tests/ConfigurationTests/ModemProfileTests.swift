import Configuration
import FieldModel
import Foundation
import Testing

@Suite("A modem profile")
struct ModemProfileTests {
    private static let fixtures = Folder.repository.appending(path: "Tests/Fixtures/modem-profiles")
    private static let shipped = Folder.shipped.appending(path: "modem-profiles")

    private func load(_ file: URL) throws -> (profile: ModemProfile?, problems: [String]) {
        let result = ModemProfileLoader.load(Array(try Data(contentsOf: file)), file: file.lastPathComponent)
        return (result.profile, result.problems.map(\.text))
    }

    @Test("that ships loads without a problem", arguments: Folder.names(in: shipped))
    func ships(_ name: String) throws {
        let result = try load(Self.shipped.appending(path: name))
        #expect(result.problems == [])
        #expect(result.profile.map { "\($0.id).yaml" } == name)
    }

    @Test("that is faulty is reported with all its problems", arguments: Folder.names(in: fixtures))
    func faulty(_ name: String) throws {
        let folder = Self.fixtures.appending(path: name)
        let result = try load(folder.appending(path: "profile.yaml"))
        let expected = try String(contentsOf: folder.appending(path: "error.txt"), encoding: .utf8)
        #expect(result.profile == nil)
        #expect(result.problems == expected.split(separator: "\n").map(String.init))
    }

    @Test("is in every folder of the fixtures, and ships")
    func complete() {
        #expect(Folder.names(in: Self.fixtures).count >= 5)
        #expect(Folder.names(in: Self.shipped).count >= 3)
    }

    @Test("of two lines is the core of the standard under another name")
    func least() throws {
        let text = "schema: fg.modem-profile/1\nid: mine\n"
        let profile = try #require(ModemProfileLoader.load(Array(text.utf8), file: "mine.yaml").profile)
        #expect(profile.title == "mine")
        #expect(profile.registration == ModemProfile.generic.registration)
        #expect(profile.signal == ModemProfile.generic.signal)
        #expect(profile.timeouts == ModemProfile.Timeouts())
        #expect(profile.time == nil)
    }

    @Test("is judged by the reader as by its schema")
    func agrees() throws {
        let file = Folder.repository.appending(path: "Tests/Fixtures/schema/modem-profile.yaml")
        let cases = try YAMLDocument.parse(Array(try Data(contentsOf: file)), file: "cases")
        let base = try #require(pairs(of: cases, "base"))
        for verdict in ["good", "bad"] {
            for change in try #require(pairs(of: cases, verdict)) {
                let changes = try #require(pairs(of: change.value))
                let kept = base.filter { pair in !changes.contains { $0.key == pair.key } }
                let lines = (kept + changes).map { "\($0.key): \(flow($0.value))\n" }.filter {
                    !$0.hasSuffix(": null\n")
                }
                let result = ModemProfileLoader.load(Array(lines.joined().utf8), file: change.key)
                #expect((result.profile != nil) == (verdict == "good"), "\(change.key): \(result.problems.map(\.text))")
            }
        }
    }

    private func pairs(of node: YAMLNode, _ key: String? = nil) -> [YAMLNode.Pair]? {
        guard case .mapping(let pairs) = node.content else { return nil }
        guard let key else { return pairs }
        return pairs.first { $0.key == key }.flatMap { self.pairs(of: $0.value) }
    }

    /// As YAML on one line.
    private func flow(_ node: YAMLNode) -> String {
        switch node.content {
        case .scalar(let text, quoted: true): "'\(text.replacing("'", with: "''"))'"
        case .scalar(let text, quoted: false): text
        case .sequence(let items): "[\(items.map(flow).joined(separator: ", "))]"
        case .mapping(let pairs): "{\(pairs.map { "\($0.key): \(flow($0.value))" }.joined(separator: ", "))}"
        }
    }
}
