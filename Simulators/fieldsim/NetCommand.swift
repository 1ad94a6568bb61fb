import ArgumentParser
import Glibc
import SimulatedLink
import SimulatorKit

struct NetCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "net", abstract: "Network namespaces around a gateway: two carriers, a cloud, a machine's LAN.",
        subcommands: [Up.self, Down.self, Status.self, Exec.self])

    struct Up: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Builds what is missing; prints the status.")
        @OptionGroup var network: NetworkOptions
        @Option(help: "Carriers: 1 or 2.") var paths = 2

        func validate() throws {
            guard (1...2).contains(paths) else { throw ValidationError("--paths is 1 or 2.") }
        }

        func run() throws {
            let field = try FieldNetwork(prefix: network.prefix)
            if geteuid() != 0 {
                let home = UserNamespace(prefix: network.prefix)
                try home.start()
                Output.error("without root: in a user namespace; enter with 'fieldsim net exec', or: \(home.hint)")
                try home.enter(Array(CommandLine.arguments.dropFirst()))
            }
            try field.up(Array(PathName.allCases.prefix(paths)))
            Output.line(try field.status().text)
        }
    }

    struct Down: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Removes all that 'up' made, also half of it.")
        @OptionGroup var network: NetworkOptions

        func run() throws {
            let field = try FieldNetwork(prefix: network.prefix)
            guard geteuid() == 0 else { return UserNamespace(prefix: network.prefix).stop() }
            try field.down()
        }
    }

    struct Status: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Prints namespaces, devices and processes as JSON.")
        @OptionGroup var network: NetworkOptions

        func run() throws {
            let field = try FieldNetwork(prefix: network.prefix)
            if geteuid() != 0, UserNamespace(prefix: network.prefix).holder != nil { try network.enterWithoutRoot() }
            Output.line(try field.status().text)
        }
    }

    struct Exec: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Runs a command in one of the namespaces.",
            discussion: "For example: fieldsim net exec gateway -- ping -c 1 10.99.0.10")
        @OptionGroup var network: NetworkOptions
        @Argument(help: "gateway, carrier-a, carrier-b, cloud or machine, or the full name.") var namespace: String
        @Argument(parsing: .captureForPassthrough, help: "The command.") var command: [String]

        func validate() throws {
            if words.isEmpty { throw ValidationError("Give a command: fieldsim net exec gateway -- COMMAND") }
        }

        func run() throws {
            try network.enterWithoutRoot()
            let name = try FieldNetwork(prefix: network.prefix).resolve(namespace)
            try NetworkNamespace(name).become(words)
        }

        private var words: [String] { Array(command.first == "--" ? command.dropFirst() : command[...]) }
    }
}

struct NetworkOptions: ParsableArguments {
    @Option(help: "Begins the names of the namespaces.")
    var prefix = "fg"

    /// Without root this command goes on inside the user namespace of `net up`.
    func enterWithoutRoot() throws {
        guard geteuid() != 0 else { return }
        try UserNamespace(prefix: prefix).enter(Array(CommandLine.arguments.dropFirst()))
    }
}
