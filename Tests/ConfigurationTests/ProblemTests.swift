import Foundation
import Testing

/// Each folder holds a site with its profile, perhaps the overrides of `set.txt`, and every problem they must bring.
@Suite("A faulty configuration")
struct ProblemTests {
    @Test(
        "is reported with all its problems, each with place, path, reason and remedy",
        arguments: Folder.names(in: Folder.fixtures))
    func fixture(_ name: String) throws {
        let folder = Folder.fixtures.appending(path: name)
        let result = try load(in: folder, set: lines("set.txt", of: folder))
        #expect(result.site == nil)
        #expect(result.problems == lines("error.txt", of: folder))
    }

    @Test("is in every folder of the fixtures")
    func complete() {
        let names = Folder.names(in: Folder.fixtures)
        #expect(names.count >= 40)
        for name in names { #expect(!lines("error.txt", of: Folder.fixtures.appending(path: name)).isEmpty) }
    }

    private func lines(_ file: String, of folder: URL) -> [String] {
        let text = try? String(contentsOf: folder.appending(path: file), encoding: .utf8)
        return text.map { $0.split(separator: "\n").map(String.init) } ?? []
    }
}
