import ArgumentParser
import BillStore
import Configuration
import FieldModel
import Platform

struct ConsumeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "consume",
        abstract: "Take usage records from the broker, each exactly once, until SIGTERM or SIGINT.",
        discussion: """
            Every minute and at the end each gateway gets a signed receipt of how far its chain is stored here; what is \
            missing is asked for again. It may be killed at any moment: what was not stored is asked for at the next start.
            """)

    @OptionGroup var options: DeskOptions
    @Option(help: "End by itself once nothing has come for so many seconds.") var untilQuiet: Int?

    func validate() throws {
        if let untilQuiet, untilQuiet < 1 { throw ValidationError("--until-quiet takes 1 second or more") }
    }

    func run() throws {
        try told {
            let desk = try options.open()
            guard let broker = desk.settings.broker else {
                throw DeskFault(
                    "\(options.desk)/\(Desk.settingsFile) names no broker: add `broker: {host: …}`", Exit.file)
            }
            let quiet = untilQuiet.map { Duration.seconds($0) }
            let consumer = try Consumer(desk.ledger, broker, try desk.receiverKey(), quiet: quiet)
            try consumer.run()
            printText(IngestText.line(consumer.total) + "\n")
        }
    }
}
