import Configuration
import FieldModel
import Foundation
import Testing

/// The repository's folders, found from this file's own place.
enum Folder {
    static let repository = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    static let fixtures = repository.appending(path: "Tests/Fixtures/configuration")
    static let shipped = repository.appending(path: "Firmware-Config")

    /// The names in a folder, sorted; nothing when there is no such folder.
    static func names(in folder: URL) -> [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: folder.path(percentEncoded: false)).sorted()) ?? []
    }
}

/// Loads `site.yaml` and what it names from a folder, as if it were the working directory; `made` is there too.
func load(
    _ site: String = "site.yaml", in folder: URL, with made: [String: String] = [:], set overrides: [String] = []
) throws -> (site: SiteSettings?, problems: [String]) {
    let loader = SiteLoader { path in
        if let text = made[path] { return .success(Array(text.utf8)) }
        do {
            return .success(Array(try Data(contentsOf: folder.appending(path: path))))
        } catch {
            return .failure(SiteLoader.FileProblem(reason: "No such file or directory"))
        }
    }
    let result = loader.load(site, overrides: try overrides.map { try #require(Override($0)) })
    return (result.site, result.problems.map(\.text))
}

/// Loads from texts in memory, by name.
func load(
    _ files: [String: String], set overrides: [String] = []
) throws -> (site: SiteSettings?, problems: [String]) {
    let loader = SiteLoader { path in
        files[path].map { .success(Array($0.utf8)) }
            ?? .failure(SiteLoader.FileProblem(reason: "No such file or directory"))
    }
    let result = loader.load("site.yaml", overrides: try overrides.map { try #require(Override($0)) })
    return (result.site, result.problems.map(\.text))
}
