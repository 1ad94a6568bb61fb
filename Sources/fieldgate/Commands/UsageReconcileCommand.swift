import ArgumentParser
import FieldModel
import JSONText
import Platform

struct UsageReconcileCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reconcile",
        abstract: "Hold the interface's bytes against those of connections, and the modem's against the interface's.",
        discussion: """
            Asks the running gateway for the minutes of the last hour and the data sessions; where none runs, shows \
            what the last one left. Exit code 7: a difference needs somebody to look at it.
            """)

    @OptionGroup var site: SiteOptions

    @ArgumentParser.Flag(help: "Report as one JSON object.")
    var json = false

    func run() throws {
        let settings = try site.loadOrExit()
        let file = settings.spool.directory + "/usage.reconcile"
        guard let answer = (try? AdminClient(path: settings.adminSocket).ask("usage")) ?? FileText.read(file) else {
            printError("no gateway runs here, and none has left \(file): start it with 'fieldgate run'")
            throw Exit.notRunning
        }
        guard let document = try? JSONReader.read(answer) else {
            printError("what is told of the reconciliation makes no sense; is the gateway of another version?")
            throw Exit.notRunning
        }
        if !document.text("error").isEmpty {
            printError("\(site.config): \(document.text("error")); write e.g. `metering: {subscription: line-1}`")
            throw Exit.configuration
        }
        print(json ? answer : ReconcileTable(document).text, terminator: json && answer.hasSuffix("\n") ? "" : "\n")
        let verdicts = (document.items("windows") + document.items("sessions")).map { $0.text("verdict") }
        if verdicts.contains("alarm") { throw Exit.usageDiffers }
    }
}

/// Both sides beside each other, for a person.
private struct ReconcileTable {
    private let document: JSONValue

    init(_ document: JSONValue) { self.document = document }

    var text: String { (head + windows + sessions + budget).joined(separator: "\n") }

    private var head: [String] {
        var lines = ["metering: \(document.text("mode"))"]
        if !document.text("problem").isEmpty { lines.append("problem: \(document.text("problem"))") }
        return lines
    }

    private var windows: [String] {
        let rows = document.items("windows")
        guard !rows.isEmpty else { return ["no minute was compared yet"] }
        return [
            "to                        path        interface up    connections  unattributed   interface dn    connections  unattributed  verdict"
        ]
            + rows.flatMap { row in
                let numbers = [
                    "interface_up", "connections_up", "unattributed_up", "interface_dn", "connections_dn",
                    "unattributed_dn",
                ].map { pad("\(row.integer($0))", 14) }
                let line =
                    "\(row.text("to"))  \(fill(row.text("path"), 10)) \(numbers.joined(separator: " "))  \(row.text("verdict"))"
                return [line] + named(row)
            }
    }

    /// What is in no connection's counters, so far as it has a name.
    private func named(_ row: JSONValue) -> [String] {
        let parts = row.items("named").map { part in
            "\(part.text("name")) \(part.integer("up")) up \(part.integer("dn")) down"
        }
        return parts.isEmpty ? [] : ["    named, bytes: \(parts.joined(separator: ", "))"]
    }

    private var sessions: [String] {
        let rows = document.items("sessions")
        guard !rows.isEmpty else { return [] }
        return ["session  path               host up       modem up        host dn       modem dn  verdict"]
            + rows.map { row in
                let numbers = ["host_up", "modem_up", "host_dn", "modem_dn"].map { pad("\(row.integer($0))", 14) }
                let faults = row.items("faults").compactMap { if case .string(let name) = $0 { name } else { nil } }
                let tail = faults.isEmpty ? "" : "  (\(Set(faults).sorted().joined(separator: ", ")))"
                return
                    "\(pad("\(row.integer("session"))", 7))  \(fill(row.text("path"), 10)) \(numbers.joined(separator: " "))  \(row.text("verdict"))\(tail)"
            }
    }

    private var budget: [String] {
        guard let budget = document["budget"] else { return [] }
        var line = "period to \(budget.text("period_end")): used \(budget.integer("used")) B"
        if budget["quota"] != nil { line += " of \(budget.integer("quota")) B, \(budget.text("stage"))" }
        if budget["forecast"] != nil { line += "; at this pace \(budget.integer("forecast")) B" }
        if budget["lasts_until"] != nil { line += ", which lasts until \(budget.text("lasts_until"))" }
        return [line]
    }

    private func pad(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.count)) + text
    }

    private func fill(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }
}
