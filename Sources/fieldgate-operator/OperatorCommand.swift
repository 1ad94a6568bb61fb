import ArgumentParser

/// The command line.
@main
struct OperatorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fieldgate-operator",
        abstract: "The operator's console of FieldGate's remote control.",
        discussion: """
            Functional control, no safety function: the machine's own e-stop stays mandatory.

            Exit codes: 0 as it was wanted; 1 an expectation of the script did not come true; 2 a key, a file, an \
            address or an input device is wrong; 3 the broker or the gateway does not answer, or is not who it should \
            be; 4 the gateway refused; 5 the session ended without being asked to; 6 the operator did not confirm; \
            64 the command line is wrong.
            """,
        subcommands: [
            KeyCommand.self, RosterCommand.self, NameplateCommand.self, DriveCommand.self, StopCommand.self,
            UnlockCommand.self, LoadCommand.self,
        ])
}

/// What commands answer to the shell.
enum Exit {
    static let expectation = ExitCode(1)
    static let settings = ExitCode(2)
    static let noAnswer = ExitCode(3)
    static let refused = ExitCode(4)
    static let lost = ExitCode(5)
    static let notConfirmed = ExitCode(6)
}
