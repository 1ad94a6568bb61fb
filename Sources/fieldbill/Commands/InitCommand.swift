import ArgumentParser
import BillStore
import CSystem
import Configuration
import Platform
import Signing

struct InitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Make a desk: its folder, settings, receiver's key and store. What is there already stays.")

    static let unnamedSeller = "Your company"

    @OptionGroup var options: DeskOptions

    @Option(help: "The store: a file in the folder, or postgresql://user@host/database.")
    var store = "bill.db"

    @Option(help: "The name that invoices carry.")
    var seller = Self.unnamedSeller

    @Option(help: "Its address.")
    var address = ""

    @Option(help: "Its tax number.")
    var taxID = ""

    @Option(help: "The language invoices are printed in: en or zh.")
    var language = Language.english

    func run() throws {
        try told {
            try attempt("the folder \(options.desk)") { () throws(SystemError) in
                try FileText.makeFolder(options.desk)
            }
            try writeSettings()
            let settings = try Desk.settings(in: options.desk)
            try makeKey(settings.receiverKey)
            let ledger = try Desk.open(settings)
            let desk = Desk(settings: settings, ledger: ledger)
            printText("\(options.desk)/\(Desk.settingsFile): settings; look through them before the first invoice\n")
            printText("\(ledger.place): store\n")
            printText(
                "\(settings.receiverKey): key of receipts; its public half belongs into the gateways' settings:\n  "
                    + "\(try desk.receiverKey().verifying.text)\n")
        }
    }

    private func writeSettings() throws {
        let path = "\(options.desk)/\(Desk.settingsFile)"
        guard FileText.size(path) == nil else {
            let isPlain =
                store == "bill.db" && seller == Self.unnamedSeller && address.isEmpty && taxID.isEmpty
                && language == .english
            if !isPlain { printError("\(path) was there and stays as it is: write what is new into it") }
            return
        }
        let text = """
            schema: fg.desk/1
            store: \(quoted(store))
            language: \(language.rawValue)
            seller:
              name: \(quoted(seller))
              address: \(quoted(address.isEmpty ? "-" : address))
              tax_id: \(quoted(taxID.isEmpty ? "-" : taxID))
              # account: where to pay
            series: {invoice: INV, credit: CN, debit: DN}
            receiver_key: receiver.key
            # For 'fieldbill consume':
            # broker: {host: broker.example.com, tls: {ca: ca.pem}}

            """
        try attempt(path) { () throws(SystemError) in try FileText.replace(path, with: text) }
    }

    private func quoted(_ text: String) -> String {
        "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }

    private func makeKey(_ path: String) throws {
        let descriptor = fg_new_secret_file(path)
        if descriptor == -EEXIST { return }
        guard descriptor >= 0 else {
            throw DeskFault("\(path) cannot be made: \(SystemError.text(-descriptor))", Exit.file)
        }
        defer { close(descriptor) }
        let bytes = Array((SigningKey().secret + "\n").utf8)
        guard write(descriptor, bytes, bytes.count) == bytes.count, fsync(descriptor) == 0 else {
            unlink(path)
            throw DeskFault("\(path) cannot be written: is the disk full?", Exit.file)
        }
    }

    private func attempt(_ what: String, _ body: () throws(SystemError) -> Void) throws {
        do throws(SystemError) { try body() } catch { throw DeskFault("\(what) cannot be made: \(error)", Exit.file) }
    }
}

extension Language: ExpressibleByArgument {}
