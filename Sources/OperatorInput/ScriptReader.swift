import FieldModel

/// Reads a script's text:
/// ```
/// # TIME is 250ms, 1.5s or 2m from the start, or +250ms after the line before
/// 0s      enable on
/// +400ms  axis drive from 0 to 0.5 over 1s
/// +0s     expect state = ACTIVE within 500ms
/// +2s     axis drive 0
/// +0s     button horn on
/// +1s     stop
/// +500ms  acknowledge
/// +0s     hand-over
/// +1s     quit
/// +1s     end
/// ```
struct ScriptReader {
    private let file: String
    /// Nil takes every name: only the form is read.
    private let names: ScriptNames?
    private var script: AxisScript
    private var problems: [ScriptProblem] = []
    private var line = 0
    /// The time and the line of the last step.
    private var before: (time: Duration, line: Int) = (.zero, 0)
    private var endLine: Int?

    private init(file: String, names: ScriptNames?) {
        self.file = file
        self.names = names
        script = AxisScript(steps: [], expectations: [], axes: names?.axes.count ?? 0, end: nil)
    }

    static func read(_ text: String, file: String, names: ScriptNames?) throws(ScriptProblems) -> AxisScript {
        var reader = ScriptReader(file: file, names: names)
        // "\r\n" is one character of Swift's, and a line's end like the others.
        for line in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) { reader.take(line) }
        reader.line = 0
        if reader.problems.isEmpty, reader.script.steps.isEmpty, reader.script.expectations.isEmpty {
            reader.report(LineFault("the script has no step", "write one a line, such as 0s enable on"))
        }
        guard reader.problems.isEmpty else { throw ScriptProblems(problems: reader.problems) }
        return reader.script
    }

    private mutating func take(_ text: Substring) {
        line += 1
        var words = ScriptWords(text)
        guard !words.isEmpty else { return }
        do throws(LineFault) {
            let time = try words.time(after: before.time)
            // Later lines are judged by this one's time, even when the rest of it is wrong.
            let former = before
            before = (max(time, former.time), line)
            try judge(time, former)
            try take(&words, at: time)
            try words.finish()
        } catch {
            report(error)
        }
    }

    private func judge(_ time: Duration, _ former: (time: Duration, line: Int)) throws(LineFault) {
        if let endLine {
            throw LineFault("this stands after the end of line \(endLine)", "move end to the last line")
        }
        guard time < former.time else { return }
        throw LineFault("its time is before that of line \(former.line)", "put the lines in order of their times")
    }

    private mutating func take(_ words: inout ScriptWords, at time: Duration) throws(LineFault) {
        switch words.next() {
        case "enable": add(.enable(try words.isOn("enable")), at: time)
        case "axis": add(try words.axis(names), at: time)
        case "button":
            let number = try words.button(names)
            add(.button(number, try words.isOn("button NAME")), at: time)
        case "stop": add(.stop, at: time)
        case "acknowledge": add(.acknowledge, at: time)
        case "hand-over": add(.handOver, at: time)
        case "quit": add(.quit, at: time)
        case "expect": script.expectations.append(try words.expectation(time: time, line: line))
        case "end":
            script.end = time
            endLine = line
        case let word:
            throw LineFault(
                word.map { "\($0) is no step" } ?? "nothing stands after the time",
                "write enable, axis, button, stop, acknowledge, hand-over, quit, expect or end")
        }
    }

    private mutating func add(_ action: AxisScript.Action, at time: Duration) {
        script.steps.append(AxisScript.Step(time: time, action: action))
    }

    private mutating func report(_ fault: LineFault) {
        problems.append(ScriptProblem(file: file, line: line, message: fault.message, remedy: fault.remedy))
    }
}
