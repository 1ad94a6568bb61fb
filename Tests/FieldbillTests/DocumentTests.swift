import Foundation
import PeerTesting
import Testing

@Suite("Docs/billing.md")
struct DocumentTests {
    private struct Block {
        /// Each command, and what stands below it.
        var steps: [(command: String, output: String)]
    }

    @Test("every command of the page gives the output that stands below it")
    func page() async throws {
        let page = try String(contentsOfFile: Place.package + "/Docs/billing.md", encoding: .utf8)
        let folder = try TemporaryFolder()
        for name in ["october.jsonl", "november.jsonl"] {
            try FileManager.default.copyItem(
                atPath: Place.package + "/Tests/Fixtures/billing/" + name, toPath: folder.path(name))
        }
        let plan = try #require(page.components(separatedBy: "```yaml\n").first { $0.hasPrefix("plan: loader") })
        try folder.write(plan.components(separatedBy: "```")[0], to: "loader.yaml")
        let steps = steps(of: page)
        #expect(steps.count > 20)
        for (command, output) in steps {
            let path = URL(filePath: Place.product("fieldbill")).deletingLastPathComponent().path
            let line = "cd '\(folder.path)' && PATH='\(path)':\"$PATH\" && \(command)"
            let said = try await Peer.run("sh", ["-c", line], in: TemporaryFolder()).text
            #expect(normal(said) == normal(output), "$ \(command)")
        }
    }

    private func steps(of page: String) -> [(String, String)] {
        var steps: [(String, String)] = []
        for (index, block) in page.components(separatedBy: "```").enumerated() where index % 2 == 1 {
            guard block.hasPrefix("\n$ ") else { continue }
            for line in block.dropFirst().split(separator: "\n", omittingEmptySubsequences: false) {
                if line.hasPrefix("$ ") {
                    steps.append((String(line.dropFirst(2)), ""))
                } else if !steps.isEmpty {
                    steps[steps.count - 1].1 += line + "\n"
                }
            }
        }
        return steps
    }

    /// Keys and today's date are others each time.
    private func normal(_ text: String) -> String {
        text.replacing(/\b[0-9a-f]{64}\b/, with: "KEY")
            .replacing(/(Issued|开具日期) +\d{4}-\d\d-\d\d/, with: "DATE")
            .split(separator: "\n", omittingEmptySubsequences: true).map { $0.reversed().drop { $0 == " " }.reversed() }
            .map { String($0) }.joined(separator: "\n")
    }
}
