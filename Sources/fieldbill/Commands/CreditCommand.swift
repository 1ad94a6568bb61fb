import ArgumentParser
import BillStore
import Billing
import FieldModel

struct CreditCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "credit",
        abstract: "Calculate what was invoiced again, and issue a note for each period that changes.",
        discussion: """
            Late records, corrections and changed assignments show here. Each invoiced period is rated again under its \
            own plan version, and every later one that its carry changes. A note's line is what is right now less all \
            that was invoiced; it cites the invoice. A note that asks for more is a debit note, with a series of its \
            own. Run again it finds nothing more.
            """)

    @OptionGroup var options: DeskOptions
    @Argument(help: "A machine or a fleet; all of them without.") var subject: String?
    @Flag(help: "Only show what would be issued.") var dryRun = false
    @OptionGroup var printing: PrintOptions

    func run() throws {
        try told {
            try printing.check()
            let desk = try options.open()
            if let subject, try desk.ledger.invoices(of: subject).isEmpty {
                throw DeskFault("nothing was invoiced for \(subject) yet", Exit.nothing)
            }
            let drafts = try desk.ledger.snapshotting {
                try NoteMaker(settings: desk.settings, rating: RatingDesk(desk.ledger)).notes(for: subject)
            }
            guard !drafts.isEmpty else {
                return printText("nothing changes: what is invoiced agrees with the records that are taken in\n")
            }
            guard drafts.count == 1 || printing.out == nil else {
                throw ValidationError(
                    "\(drafts.count) notes do not go into one file: credit one machine, or print by number")
            }
            for draft in drafts {
                if dryRun {
                    try printing.print(draft.document, desk)
                } else {
                    try printing.print(issued: try draft.issue(desk), desk)
                }
            }
        }
    }
}
