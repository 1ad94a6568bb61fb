import ArgumentParser
import BillStore
import FieldModel
import JSONText
import UsageWire

struct StatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Where every chain stands, what is missing, what was refused, and what has no plan.",
        discussion: "Exit code 4 while something is missing, stopped, or an alarm is open; --close N closes one.")

    @OptionGroup var options: DeskOptions
    @Flag(help: "Report as one JSON object.") var json = false
    @Option(help: "Close an alarm by its number, once somebody has looked at it.") var close: [Int64] = []

    func run() throws {
        try told {
            let ledger = try options.open().ledger
            for number in close {
                guard try ledger.closeAlarm(number, at: WallClock.now()) else {
                    throw DeskFault("there is no open alarm \(number): see 'fieldbill status'", Exit.nothing)
                }
            }
            let (chains, alarms) = (try ledger.chains(), try ledger.openAlarms())
            let unassigned = try Self.unassigned(ledger)
            if json {
                printText(Self.json(ledger.place, chains, alarms, unassigned).compact + "\n")
            } else {
                printText(Self.text(ledger.place, chains, alarms, unassigned))
            }
            let isWell = alarms.isEmpty && chains.allSatisfy { $0.held == 0 && $0.head.stop == nil }
            if !isWell { throw Exit.records }
        }
    }

    /// Gateways whose records nobody is invoiced for.
    private static func unassigned(_ ledger: any BillingLedger) throws -> [String] {
        let book = AssignmentBook(try ledger.assignments())
        let assigned = Set(
            book.subjects(.gateway).flatMap { book.spans($0, .gateway).map { MeteringPoint($0.value).gateway } })
        return try ledger.gateways().filter { !assigned.contains($0) }
    }

    private static func text(
        _ place: String, _ chains: [ChainState], _ alarms: [StoredAlarm], _ unassigned: [String]
    ) -> String {
        var lines = ["store: \(place)", ""]
        var table = TextTable()
        table.add(["gateway", "epoch", "head", "hash", "waiting", ""])
        for chain in chains {
            table.add([
                chain.gateway, "\(chain.epoch)", "\(chain.head.sequence)", "\(chain.head.hash.prefix(16))",
                "\(chain.held)", chain.head.stop == nil ? "" : "stopped",
            ])
        }
        lines += chains.isEmpty ? ["no records yet: 'fieldbill ingest FILE' or 'fieldbill consume'"] : table.lines
        let begun = chains.filter { $0.head.begins > 0 }.map { chain in
            "gateway \(chain.gateway), epoch \(chain.epoch): \(NotHeld.words(chain.head.begins)) not held here, nor those of "
                + "earlier epochs that are not listed"
        }
        if !begun.isEmpty { lines += [""] + begun }
        let holes = HoleText.lines(chains)
        if !holes.isEmpty { lines += [""] + holes }
        if !unassigned.isEmpty {
            lines += [
                "",
                "no machine has these gateways, so nobody is invoiced for them: \(unassigned.joined(separator: ", "))",
            ]
        }
        if !alarms.isEmpty { lines += ["", "open alarms (close one with 'fieldbill status --close N'):"] }
        for stored in alarms {
            let times = stored.times > 1 ? ", \(stored.times) times" : ""
            let place = stored.alarm.place.isEmpty ? "" : "\(stored.alarm.place): "
            lines.append(
                "  \(stored.number)  \(stored.at.iso8601)\(times)  \(stored.alarm.kind.rawValue): \((place + stored.alarm.text).printable)"
            )
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func json(
        _ place: String, _ chains: [ChainState], _ alarms: [StoredAlarm], _ unassigned: [String]
    ) -> JSONValue {
        .members([
            "schema": .string("fg.desk-status/1"), "store": .string(place),
            "chains": .array(chains.map(json)), "alarms": .array(alarms.map(json)),
            "unassigned": .array(unassigned.map { .string($0) }),
        ])
    }

    private static func json(_ chain: ChainState) -> JSONValue {
        let holes = chain.missing.map { hole in
            JSONValue.members(["from": .integer(hole.lowerBound), "to": .integer(hole.upperBound)])
        }
        return .members([
            "gw": .string(chain.gateway), "epoch": .integer(chain.epoch), "seq": .integer(chain.head.sequence),
            "h": .string(chain.head.hash), "begins": .integer(chain.head.begins), "held": .integer(chain.held),
            "holes": .array(holes),
            "stop": .optional(chain.head.stop),
        ])
    }

    private static func json(_ stored: StoredAlarm) -> JSONValue {
        .members([
            "number": .integer(stored.number), "at": .string(stored.at.iso8601), "times": .integer(stored.times),
            "kind": .string(stored.alarm.kind.rawValue), "gw": .optional(stored.alarm.gateway),
            "epoch": stored.alarm.epoch.map { .integer($0) } ?? .null,
            "seq": stored.alarm.sequence.map { .integer($0) } ?? .null, "text": .string(stored.alarm.text),
        ])
    }
}
