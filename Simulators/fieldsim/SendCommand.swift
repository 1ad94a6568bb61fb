import ArgumentParser
import SimulatedLink
import SimulatedMachines
import SimulatedModem
import SimulatorKit

struct SendCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "control", abstract: "Sends one command to a running simulator and prints its reply.",
        discussion: """
            A machine takes: \(ControlCommand.usage).
            Its FAULT is: \(Fault.usage).
            A fleet takes: \(Fleet.usage).
            A link takes: \(LinkControl.usage).
            A modem takes: \(ModemStation.usage).
            Its FAULT is: \(ModemFault.usage).
            """)

    @Argument(help: "The path given to the simulator's --control.")
    var path: String

    @Argument(parsing: .captureForPassthrough, help: "The command.")
    var command: [String]

    func run() throws {
        let reply = try ControlCall.send(command.joined(separator: " "), to: path)
        Output.line(reply)
        if !reply.hasPrefix(#"{"ok":true"#) { throw ExitCode.failure }
    }
}
