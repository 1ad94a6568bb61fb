import ArgumentParser

struct UsageCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "usage", abstract: "Usage records and what they are held against.",
        subcommands: [UsageReconcileCommand.self])
}
