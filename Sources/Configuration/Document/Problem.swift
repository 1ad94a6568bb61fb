/// One thing wrong with the configuration: where, what, and what to do about it.
package struct Problem: Error, Hashable, Sendable {
    package var file: String
    /// Counted from 1; 0 when the place is the file as a whole.
    package var line: Int
    package var column: Int
    /// Where in the tree: `points[3].address`.
    package var path: String
    package var message: String
    package var remedy: String

    package init(file: String, line: Int, column: Int, path: String, message: String, remedy: String) {
        self.file = file
        self.line = line
        self.column = column
        self.path = path
        self.message = message
        self.remedy = remedy
    }

    /// `site.yaml:12:7: broker.port: … (remedy)`
    package var text: String {
        let place = line > 0 ? "\(file):\(line):\(column)" : file
        return "\(place): \(path.isEmpty ? "" : "\(path): ")\(message); \(remedy)"
    }
}

/// Collects problems, so that all are reported and not only the first.
package final class ProblemList {
    package private(set) var problems: [Problem] = []

    package init() {}

    package func add(_ problem: Problem) {
        problems.append(problem)
    }
}
