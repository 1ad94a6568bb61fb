/// One thing wrong with a script: where, what, and what to do about it.
public struct ScriptProblem: Hashable, Sendable {
    public var file: String
    /// Counted from 1; 0 when it is the file as a whole.
    public var line: Int
    public var message: String
    public var remedy: String

    /// `drive.script:7: … ; …`
    public var text: String { "\(line > 0 ? "\(file):\(line)" : file): \(message); \(remedy)" }
}

/// Everything that is wrong with a script, in order of its lines.
public struct ScriptProblems: Error, Hashable, Sendable, CustomStringConvertible {
    public var problems: [ScriptProblem]

    public var description: String { problems.map(\.text).joined(separator: "\n") }
}

/// What is wrong with a line; the reader knows where it stands.
struct LineFault: Error {
    var message: String
    var remedy: String

    init(_ message: String, _ remedy: String) {
        self.message = message
        self.remedy = remedy
    }
}
