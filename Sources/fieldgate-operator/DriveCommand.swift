import ArgumentParser
import CSystem
import ControlWire
import FieldModel
import OperatorInput
import OperatorKit
import Platform

struct DriveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drive", abstract: "Take a machine and drive it.",
        discussion: """
            Keys with --input keyboard: space held is enable; W/S, D/A, I/K, L/J move axes; x brings them to rest; Esc \
            stops; Enter acknowledges a stop; h offers the machine or takes the offer back; q lets it go.
            """)

    @OptionGroup var driving: DrivingOptions

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp(
            "keyboard, joystick /dev/input/event7, script FILE, or replay FILE.", valueName: "kind [path]"))
    var input: [String] = ["keyboard"]

    @ArgumentParser.Flag(help: "One JSON object a line, for every change of state and everything else that happens.")
    var json = false

    func run() throws {
        let choice = try InputChoice(input)
        let judges = Monitor<ScriptJudge?>(nil)
        let sitting = try ConsoleSitting(try driving.settings()) { nameplate in
            try choice.device(nameplate) { judge in judges.withLock { $0 = judge } }
        }
        let (nameplate, role) = try sitting.nameplate()
        if json {
            Terminal.say(Report.nameplate(nameplate, role))
        } else {
            Terminal.say(nameplate.page(role))
        }
        guard try sitting.confirm(nameplate, asking: !driving.yes) else {
            sitting.console.stop()
            throw Exit.notConfirmed
        }
        var drive = Drive(sitting, nameplate, choice: choice, judges: judges, json: json)
        if let code = try drive.run() { throw code }
    }
}

/// Which device, as the command line names it.
struct InputChoice: Sendable {
    enum Kind: String, Sendable { case keyboard, joystick, script, replay }

    let kind: Kind
    let path: String

    init(_ given: [String]) throws {
        // `--input "script drive.txt"` is meant as two words.
        let quoted = given.first?.split(separator: " ", maxSplits: 1).map(String.init) ?? []
        let words = given.count == 1 ? quoted : given
        guard let word = words.first, let kind = Kind(rawValue: word), words.count <= 2 else {
            throw KeyFile.fail(
                "--input \(words.joined(separator: " ")): write keyboard, joystick PATH, script FILE or replay FILE")
        }
        guard words.count == 2 || kind == .keyboard else {
            throw KeyFile.fail("--input \(word): which one? Write --input \(word) PATH")
        }
        (self.kind, path) = (kind, words.count == 2 ? words[1] : "/dev/tty")
        try examine()
    }

    /// What can be known before the machine is asked: a file that is not there, a script that is none.
    private func examine() throws {
        guard fg_file_mode(path) >= 0 else {
            throw KeyFile.fail("--input \(kind.rawValue) \(path): \(SystemError.text(-fg_file_mode(path)))")
        }
        guard kind == .script else { return }
        do throws(ScriptProblems) { try AxisScript.checkForm(path: path) } catch {
            throw KeyFile.fail(error.description)
        }
    }

    /// Made on the console's thread, when the machine's axes are known.
    func device(_ nameplate: Nameplate, judge: (ScriptJudge) -> Void) throws -> any OperatorInputDevice {
        switch kind {
        case .keyboard: return try Keyboard(path: path, axes: nameplate.axes.count)
        case .joystick: return try Joystick(path: path)
        case .replay: return try InputReplay(path: path)
        case .script:
            let names = ScriptNames(axes: nameplate.axes, buttons: nameplate.buttons)
            let script = try AxisScript(path: path, names: names)
            let new = ScriptJudge(script, file: path, axes: nameplate.axes)
            guard new.unknown.isEmpty else { throw ConsoleFault(new.unknown.joined(separator: "\n")) }
            judge(new)
            return ScriptedInput(script: script)
        }
    }
}
