import ArgumentParser
import BillStore
import FieldModel

struct ExportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "What the desk has, for others.", subcommands: [Records.self, Invoices.self])

    struct Records: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "records",
            abstract:
                "Sealed records as they came, one a line: 'fieldgate usage verify' and another desk can read them.")

        @OptionGroup var options: DeskOptions
        @Argument(help: "A gateway; all of them without.") var gateway: String?
        @Option(help: "Only this epoch.") var epoch: UInt32?

        func run() throws {
            try told {
                let ledger = try options.open().ledger
                let chains = try ledger.chains(of: gateway).filter { chain in epoch.map { $0 == chain.epoch } ?? true }
                guard !chains.isEmpty else {
                    throw DeskFault(
                        "there are no such records: 'fieldbill status' shows the gateways and epochs that are here",
                        Exit.nothing)
                }
                for chain in chains {
                    var piece = ""
                    try ledger.sealed(of: chain.gateway, epoch: chain.epoch) { text throws(StoreFault) in
                        piece += text + "\n"
                        guard piece.utf8.count > 1 << 16 else { return }
                        printText(piece)
                        piece = ""
                    }
                    printText(piece)
                }
            }
        }
    }

    struct Invoices: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "invoices", abstract: "Issued documents: JSON, one a line, or CSV with a line for each charge."
        )

        enum Form: String, ExpressibleByArgument, CaseIterable {
            case json, csv
        }

        @OptionGroup var options: DeskOptions
        @Argument(help: "A machine or a fleet; all of them without.") var subject: String?
        @Option(help: "json or csv.") var format = Form.csv

        func run() throws {
            try told {
                let stored = try options.open().ledger.invoices(of: subject)
                if let subject, stored.isEmpty {
                    throw DeskFault("nothing was invoiced for \(subject): see 'fieldbill invoice --list'", Exit.nothing)
                }
                guard format == .csv else {
                    for one in stored { printText(one.document + "\n") }
                    return
                }
                printText(
                    "number,kind,original,subject,account,first,last,plan,version,charge,line,quantity,unit,currency,amount\n"
                )
                for one in stored { printText(Self.rows(try InvoiceDocument.stored(one))) }
            }
        }

        private static func rows(_ document: InvoiceDocument) -> String {
            var rows: [[String]] = []
            let head = [document.number, document.kind.rawValue, document.original ?? "", document.subject.id]
            func money(_ minor: Int64) -> String {
                MoneyText.text(minor, digits: document.minorDigits).replacing(",", with: "")
            }
            for section in document.sections {
                let place =
                    head + [
                        section.subject, document.period.first, document.period.last, section.plan,
                        String(section.version),
                    ]
                rows += section.lines.map {
                    place + [$0.charge, $0.kind, $0.quantity, $0.unit, document.currency, money($0.amount)]
                }
            }
            let whole = head + ["", document.period.first, document.period.last, "", ""]
            rows += document.taxes.map { whole + ["", "tax", $0.rate, "%", document.currency, money($0.amount)] }
            rows.append(whole + ["", "total", "", "", document.currency, money(document.gross)])
            return rows.map { $0.map(cell).joined(separator: ",") + "\n" }.joined()
        }

        /// RFC 4180.
        private static func cell(_ text: String) -> String {
            text.contains { $0 == "," || $0 == "\"" || $0.isNewline }
                ? "\"" + text.replacing("\"", with: "\"\"") + "\"" : text
        }
    }
}
