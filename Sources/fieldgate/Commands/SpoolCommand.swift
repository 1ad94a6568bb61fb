import ArgumentParser
import FieldModel
import Store

struct SpoolCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "spool", abstract: "Show the spool's depth, its oldest row and its counts, for each stream.",
        discussion: "Asks the running gateway; where none runs, looks into the file, and changes nothing.")

    @OptionGroup var site: SiteOptions

    @Flag(help: "Report as one JSON object.")
    var json = false

    func run() throws {
        let settings = try site.loadOrExit()
        if let answer = try? AdminClient(path: settings.adminSocket).ask("spool") {
            return print(json ? answer : Self.table(try StatusDocument.spool(from: answer)))
        }
        do throws(SpoolFault) {
            let state = try SpoolInspection.state(of: settings.spool)
            print(json ? StatusDocument.spoolJSON(state) : Self.table(state))
        } catch {
            printError(error.summary)
            throw Exit.spool
        }
    }

    private static func table(_ state: SpoolState) -> String {
        var lines = ["epoch \(state.epoch), \(state.pending) rows waiting for their commit"]
        lines.append("stream       last     settled    stored      bytes   dropped  oldest")
        for stream in state.streams {
            let numbers = [
                "\(stream.last)", "\(stream.settled)", "\(stream.rows)", "\(stream.bytes)", "\(stream.dropped)",
            ]
            let widths = [8, 11, 9, 10, 9]
            let columns = zip(numbers, widths).map { pad($0, $1) }.joined(separator: " ")
            let name = stream.stream.name
            let gap = String(repeating: " ", count: 10 - name.count)
            lines.append("\(name)\(gap)\(columns)  \(stream.oldest?.iso8601 ?? "-")")
        }
        if state.deadLetters > 0 {
            lines.append("\(state.deadLetters) rows were refused by the platform; they are kept in dead_letter")
        }
        if let alarm = state.alarm { lines.append("ALARM: \(alarm)") }
        return lines.joined(separator: "\n")
    }

    private static func pad(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.count)) + text
    }
}
