import ArgumentParser

@main
struct OperatorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "fieldgate-operator")
}
