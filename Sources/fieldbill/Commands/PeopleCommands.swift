import ArgumentParser
import BillStore
import Configuration
import Signing

struct GatewayCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gateway",
        abstract: "The keys that gateways sign their records with, and where their chains begin here.",
        subcommands: [Trust.self, Revoke.self, BeginCommand.self])

    struct Trust: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "trust",
            abstract:
                "Check this gateway's signatures with a key from now on. Keys it hands over to follow by themselves.")

        @OptionGroup var options: DeskOptions
        @Argument(help: "The gateway, as its records name it.") var gateway: String
        @Option(help: "Its public key, 64 hexadecimal digits.") var key: String

        func run() throws {
            try told {
                guard !gateway.isEmpty else { throw ValidationError("name the gateway as its records do") }
                try options.open().ledger.trust(try GatewayCommand.key(key), of: gateway)
            }
        }
    }

    struct Revoke: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "revoke", abstract: "Believe nothing that a key signs behind a record.")

        @OptionGroup var options: DeskOptions
        @Argument(help: "The gateway.") var gateway: String
        @Option(help: "The key.") var key: String
        @Option(help: "The epoch of the last record it signs for.") var epoch: UInt32
        @Option(help: "The number of that record.") var seq: UInt64

        func run() throws {
            try told {
                let ledger = try options.open().ledger
                guard try ledger.revoke(try GatewayCommand.key(key), of: gateway, after: epoch, seq) else {
                    let keys = try ledger.keys(of: gateway)
                    throw DeskFault(
                        "gateway \(gateway) has no such key here: "
                            + (keys.isEmpty
                                ? "none is trusted; check the gateway's name"
                                : "it has \(keys.joined(separator: ", "))"),
                        Exit.nothing)
                }
            }
        }
    }

    static func key(_ text: String) throws -> VerifyingKey {
        guard let key = VerifyingKey(text) else {
            throw ValidationError("--key is no Ed25519 public key: 64 hexadecimal digits")
        }
        return key
    }
}

struct CustomerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "customer", abstract: "Who invoices are made out to.", subcommands: [Add.self, List.self])

    struct Add: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "add", abstract: "Add a customer, or change what is printed of one from now on.")

        @OptionGroup var options: DeskOptions
        @Argument(help: "A short name for the desk.") var id: String
        @Option(help: "The name on the invoice.") var name: String
        @Option(help: "The address on the invoice; what is not named stays.") var address: String?
        @Option(help: "The tax number.") var taxID: String?
        @Option(help: "The language of this customer's invoices: en or zh.") var language: Language?

        func run() throws {
            try told {
                guard !id.isEmpty, !name.isEmpty else {
                    throw ValidationError("a customer needs a short name for the desk and a --name for invoices")
                }
                let desk = try options.open()
                let known = try desk.ledger.customers().first { $0.id == id }
                let customer = Customer(
                    id: id, name: name, address: address ?? known?.address ?? "", taxID: taxID ?? known?.taxID ?? "",
                    language: language?.rawValue ?? known?.language ?? desk.settings.language)
                try desk.ledger.keep(customer)
                if let known, known != customer {
                    printError("customer \(id) was here as '\(known.name)', and is changed")
                }
            }
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(commandName: "list", abstract: "Show all customers.")

        @OptionGroup var options: DeskOptions

        func run() throws {
            try told {
                var table = TextTable()
                table.add(["customer", "name", "address", "tax number", "language"])
                for one in try options.open().ledger.customers() {
                    table.add([one.id, one.name, one.address, one.taxID, one.language])
                }
                printText(table.lines.joined(separator: "\n") + "\n")
            }
        }
    }
}
