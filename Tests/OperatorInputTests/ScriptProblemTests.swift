import OperatorInput
import Testing

/// Everything that can be wrong with a script's line.
@Suite struct ScriptProblemTests {
    private func problems(_ text: String) -> [String] {
        let thrown = #expect(throws: ScriptProblems.self) {
            try AxisScript(text: text, file: "s", names: AxisScriptTests.names)
        }
        return thrown?.problems.map(\.text) ?? []
    }

    @Test(arguments: [
        ("soon stop", "s:1: soon is no time; begin the line with 250ms, 1.5s, 2m or +250ms; at most 24 hours"),
        ("5 stop", "s:1: 5 is no time;"),
        ("-1s stop", "s:1: -1s is no time;"),
        ("+-1s stop", "s:1: +-1s is no time;"),
        ("1e9s stop", "s:1: 1e9s is no time;"),
        ("25000m stop", "s:1: 25000m is no time;"),
        ("ms stop", "s:1: ms is no time;"),
        ("1s stop\n500ms stop", "s:2: its time is before that of line 1; put the lines in order of their times"),
        ("0s stop\n1s end\n2s stop", "s:3: this stands after the end of line 2; move end to the last line"),
        ("0s stop\n1s end\n2s end", "s:3: this stands after the end of line 2;"),
        ("0s", "s:1: nothing stands after the time; write enable, axis, button, stop,"),
        ("0s jump", "s:1: jump is no step; write enable,"),
        ("0s Stop", "s:1: Stop is no step;"),
        ("0s enable", "s:1: on or off is missing; write enable on or enable off"),
        ("0s enable yes", "s:1: yes is neither on nor off; write enable on or enable off"),
        ("0s enable on now", "s:1: now is too much; write one step a line; comments begin with #"),
        ("0s axis", "s:1: the axis's name is missing; write axis NAME VALUE, or axis NAME from A to B over DURATION"),
        ("0s axis boom 1", "s:1: the machine has no axis boom; write drive, steer, lift"),
        ("0s axis drive", "s:1: the axis's position is missing;"),
        ("0s axis drive full", "s:1: full is no position of an axis; write a number from -1 to 1; 0 is rest"),
        ("0s axis drive 1.01", "s:1: 1.01 is no position of an axis;"),
        ("0s axis drive nan", "s:1: nan is no position of an axis;"),
        ("0s axis drive 1 2", "s:1: 2 is too much;"),
        ("0s axis drive from", "s:1: the axis's position is missing;"),
        ("0s axis drive from 0", "s:1: to is missing; write axis NAME VALUE,"),
        ("0s axis drive from 0 until 1", "s:1: to was expected, not until;"),
        ("0s axis drive from 0 to -2 over 1s", "s:1: -2 is no position of an axis;"),
        ("0s axis drive from 0 to 1", "s:1: over is missing;"),
        ("0s axis drive from 0 to 1 over", "s:1: the duration after over is missing; write over 250ms or over 1.5s"),
        ("0s axis drive from 0 to 1 over 0s", "s:1: 0s is no duration; write over 250ms or over 1.5s; more than 0"),
        ("0s axis drive from 0 to 1 over long", "s:1: long is no duration;"),
        ("0s button", "s:1: the button's name is missing; write button NAME on|off"),
        ("0s button siren on", "s:1: the machine has no button siren; write horn, light"),
        ("0s button 32 on", "s:1: the machine has no button 32;"),
        ("0s button horn", "s:1: on or off is missing; write button NAME on or button NAME off"),
        ("0s stop now", "s:1: now is too much;"),
        (
            "0s expect",
            "s:1: there is no comparison; write expect FIELD OP VALUE with spaces; OP is one of = != < <= > >="
        ),
        ("0s expect state==ACTIVE", "s:1: there is no comparison;"),
        ("0s expect = 1", "s:1: there is no field before =; write one, such as state or axes NAME"),
        ("0s expect age <", "s:1: there is no value after <; write what age is compared with"),
        ("0s expect age < within 1s", "s:1: there is no value after <;"),
        ("0s expect age < 5 within", "s:1: the duration after within is missing; write within 250ms or within 1.5s"),
        ("0s expect age < 5 within 1", "s:1: 1 is no duration;"),
        ("0s expect age < 5 within 1s twice", "s:1: twice is too much;"),
        ("", "s: the script has no step; write one a line, such as 0s enable on"),
        ("# nothing\n\n   # more", "s: the script has no step;"),
    ])
    func `each problem is told with its file, its line and a remedy`(text: String, told: String) {
        let problems = problems(text)
        #expect(problems.count == 1)
        #expect(problems.first?.hasPrefix(told) == true, "\(problems)")
        #expect(problems.first?.contains("; ") == true)
    }

    @Test func `all problems of a script are told together, in order`() {
        let problems = problems(
            """
            0s enable maybe
            # fine
            1s stop
            500ms stop
            +1s axis boom 0
            +0s fly
            whenever quit
            """)
        #expect(
            problems.map { $0.prefix(4) } == ["s:1:", "s:4:", "s:5:", "s:6:", "s:7:"])
    }

    @Test func `a machine whose buttons have no names takes numbers`() throws {
        let names = ScriptNames(axes: ["drive"])
        let script = try AxisScript(text: "0s button 31 on", file: "s", names: names)
        #expect(script.sample(at: .zero).buttons == 1 << 31)
        let thrown = #expect(throws: ScriptProblems.self) {
            try AxisScript(text: "0s button horn on", file: "s", names: names)
        }
        #expect(thrown?.description == "s:1: the machine has no button horn; write a number from 0 to 31")
    }
}
