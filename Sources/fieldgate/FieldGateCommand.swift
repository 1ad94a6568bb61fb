import ArgumentParser

/// The command line.
@main
struct FieldGateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fieldgate",
        abstract: "The gateway process of 5G-connected machines: Modbus devices to an MQTT platform, without loss.",
        discussion: """
            Exit codes: 0 all is well; 1 the configuration is wrong; 2 the spool cannot be used (another gateway has \
            it, or the disk refuses); 3 no gateway is running here; 4 the doctor found \
            something bad; 5 the network plan is not in force; 6 the audit \
            trail or the usage records were changed; 7 counts of the same traffic are too far apart; 64 the command \
            line is wrong.
            """,
        version: Version.current,
        subcommands: [
            RunCommand.self, CheckCommand.self, PointsCommand.self, SpoolCommand.self, StatusCommand.self,
            WatchCommand.self, DoctorCommand.self, NetCommand.self, AuditCommand.self, UsageCommand.self,
        ])
}

/// What commands answer to the shell.
enum Exit {
    static let configuration = ExitCode(1)
    static let spool = ExitCode(2)
    /// Two counts of the same traffic are too far apart.
    static let usageDiffers = ExitCode(7)
    static let notRunning = ExitCode(3)
    static let unwell = ExitCode(4)
    static let notInForce = ExitCode(5)
    static let trail = ExitCode(6)
}
