import ArgumentParser
import BillStore
import Billing
import FieldModel
import Platform

struct ExternalCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "external", abstract: "Quantities counted elsewhere: tonnes, hours, flights.",
        subcommands: [Add.self, Import.self])

    struct Add: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "add",
            abstract: "Add one quantity; a correction is another one, below zero, under a reference of its own.")

        @OptionGroup var options: DeskOptions
        @Argument(help: "The machine or the fleet.") var subject: String
        @Argument(help: "What was counted, as the plan's meter names it.") var name: String
        @Option(parsing: .unconditional, help: "How much: a plain decimal such as 18250 or -3.5.") var quantity: String
        @Option(help: "When, such as 2026-10-31T16:00:00+08:00.") var at: String
        @Option(help: "Who counted it.") var source: String
        @Option(help: "The source's own number for it: it counts once.") var reference: String

        func run() throws {
            try told {
                let one = try ExternalCommand.quantity(
                    subject, name, at, quantity, source, reference, "the command line")
                let ledger = try options.open().ledger
                let added = try ledger.add([one], at: WallClock.now())
                try ExternalCommand.warn([one], ledger)
                printText(added == 1 ? "added\n" : "was here: nothing changed\n")
            }
        }
    }

    struct Import: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "import",
            abstract: "Add quantities from a CSV file, all or none: subject,name,at,quantity,source,reference.")

        @OptionGroup var options: DeskOptions
        @Argument(help: "The file, with the line of names at its top.") var file: String

        func run() throws {
            try told {
                let rows = try rows()
                let ledger = try options.open().ledger
                let added = try ledger.add(rows, at: WallClock.now())
                try ExternalCommand.warn(rows, ledger)
                printText("\(file): \(added) new, \(rows.count - added) known\n")
            }
        }

        private func rows() throws -> [ExternalQuantity] {
            let text = String(decoding: try PlanFile.bytes(file), as: UTF8.self)
            let lines = text.split(omittingEmptySubsequences: false) { $0.isNewline }
            let head = "subject,name,at,quantity,source,reference"
            guard lines.first.map(String.init) == head else {
                throw DeskFault("\(file):1: the first line is not '\(head)'", Exit.file)
            }
            return try lines.enumerated().dropFirst().filter { !$0.element.isEmpty }.map { index, line in
                let cells = line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
                guard cells.count == 6 else {
                    throw DeskFault("\(file):\(index + 1): \(cells.count) columns where 6 belong: \(head)", Exit.file)
                }
                return try ExternalCommand.quantity(
                    cells[0], cells[1], cells[2], cells[3], cells[4], cells[5], "\(file):\(index + 1)")
            }
        }
    }

    /// What nobody would ever be charged for: a name that was spelled otherwise, most often.
    static func warn(_ rows: [ExternalQuantity], _ ledger: any BillingLedger) throws {
        let (book, shelf) = (AssignmentBook(try ledger.assignments()), try PlanShelf(ledger))
        var seen: Set<[String]> = []
        for row in rows where seen.insert([row.subject, row.name]).inserted {
            let owners = [row.subject] + book.spans(row.subject, .fleet).map(\.value)
            let plans = Set(owners.flatMap { book.spans($0, .plan).map(\.value) })
            let names = Set(try plans.flatMap { try shelf.plan($0).meters.compactMap(\.source.externalName) })
            if plans.isEmpty {
                printError("warning: \(row.subject) has no plan that would charge it: \(RatingDesk.howToAssign)")
            } else if !names.contains(row.name) {
                let known = names.isEmpty ? "" : "; they measure \(names.sorted().joined(separator: ", "))"
                printError(
                    "warning: no plan of \(row.subject) measures '\(row.name)'\(known): it is charged to nobody")
            }
        }
    }

    static func quantity(
        _ subject: String, _ name: String, _ at: String, _ quantity: String, _ source: String, _ reference: String,
        _ place: String
    ) throws -> ExternalQuantity {
        guard DecimalText(quantity) != nil else {
            throw DeskFault("\(place): '\(quantity)' is no plain decimal such as 18250 or -3.5", Exit.file)
        }
        guard let time = Timestamp(rfc3339: at) else {
            throw DeskFault("\(place): '\(at)' is no time such as 2026-10-31T16:00:00+08:00", Exit.file)
        }
        guard !reference.isEmpty, !subject.isEmpty, !name.isEmpty else {
            throw DeskFault("\(place): subject, name and reference must not be empty", Exit.file)
        }
        return ExternalQuantity(
            subject: subject, name: name, at: time, quantity: quantity, source: source, reference: reference)
    }
}

extension Meter.Source {
    /// Of quantities that come from elsewhere.
    fileprivate var externalName: String? { if case .external(let name) = self { name } else { nil } }
}
