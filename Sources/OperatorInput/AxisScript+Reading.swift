import FieldModel
import Platform

/// What a script may call the machine's axes and buttons, in their order.
public struct ScriptNames: Hashable, Sendable {
    public var axes: [String]
    /// Button n's name; a button without one is called by its number, 0 to 31.
    public var buttons: [String]

    public init(axes: [String], buttons: [String] = []) {
        self.axes = axes
        self.buttons = buttons
    }
}

extension AxisScript {
    /// Reads a script; `file` is what its problems are told under.
    public init(text: String, file: String, names: ScriptNames) throws(ScriptProblems) {
        self = try ScriptReader.read(text, file: file, names: names)
    }

    /// Reads a script's file.
    public init(path: String, names: ScriptNames) throws(ScriptProblems) {
        self = try ScriptReader.read(Self.text(path), file: path, names: names)
    }

    /// Everything wrong with a script's form, before anybody knows what the machine's axes and buttons are called.
    public static func checkForm(path: String) throws(ScriptProblems) {
        _ = try ScriptReader.read(text(path), file: path, names: nil)
    }

    private static func text(_ path: String) throws(ScriptProblems) -> String {
        let problem: ScriptProblem
        do throws(SystemError) {
            let bytes = try FileText.bytes(path)
            if let text = String(validating: bytes, as: UTF8.self) { return text }
            problem = ScriptProblem(file: path, line: 0, message: "it is not UTF-8", remedy: "save it as UTF-8 text")
        } catch {
            problem = ScriptProblem(
                file: path, line: 0, message: "it cannot be read: \(error)",
                remedy: "check the path and its permissions")
        }
        throw ScriptProblems(problems: [problem])
    }
}
