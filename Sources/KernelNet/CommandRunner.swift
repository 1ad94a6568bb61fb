import FieldModel
import Platform

/// Runs the system's network programs.
package struct CommandRunner: Sendable {
    /// What a command printed, or the words of its refusal.
    package typealias Run = @Sendable (NetworkCommand.Program, [String], String?) -> Result<String, Refusal>

    package struct Refusal: Error, Hashable, Sendable {
        package var reason: String

        package init(_ reason: String) { self.reason = reason }
    }

    let run: Run

    /// Another runner than the system's, for kernels that lack something.
    package init(_ run: @escaping Run) { self.run = run }

    /// A program that takes longer hangs.
    private static let timeout = Duration.seconds(2)

    package static let system = CommandRunner { program, arguments, input in
        guard let path = ChildProcess.find(program.rawValue) else {
            return .failure(Refusal("\(program.rawValue) is not installed"))
        }
        var child = ChildProcess(path, arguments, timeout: timeout)
        child.input = Array((input ?? "").utf8)
        do throws(SystemError) {
            let outcome = try child.run()
            guard outcome.succeeded else {
                let words = outcome.errorText.isEmpty ? "\(outcome.ending)" : outcome.errorText
                // The first complaint is the cause; the others follow from it.
                return .failure(Refusal(String(words.prefix { $0 != "\n" })))
            }
            return .success(outcome.outputText)
        } catch {
            return .failure(Refusal("\(error)"))
        }
    }

    /// Carries out a command; one that need not succeed does.
    func perform(_ command: NetworkCommand) throws(NetworkFault) {
        if case .failure(let refusal) = run(command.program, command.arguments, command.input), !command.isOptional {
            throw .refused(
                "\(([command.program.rawValue] + command.arguments).joined(separator: " ")): \(refusal.reason)")
        }
    }

    /// What a question prints; empty when it is refused.
    func ask(_ program: NetworkCommand.Program, _ line: String) -> String {
        (try? run(program, line.split(separator: " ").map(String.init), nil).get()) ?? ""
    }
}
