import ArgumentParser
import FieldModel
import Store
import UsageWire

struct UsageCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "usage", abstract: "Look at the usage records, hand them on, and check their chain.",
        discussion: "Reads the spool's ledger, whether or not the gateway runs, and changes nothing in it.",
        subcommands: [UsageShow.self, UsageExport.self, UsageVerify.self, UsageReconcileCommand.self, UsageKeys.self])
}

/// Which records.
struct UsageSelection: ParsableArguments {
    @Option(help: "From this time on, by the record's beginning: 2026-11-20 or 2026-11-20T08:00:00Z.")
    var since: String?

    @Option(help: "Before this time.")
    var until: String?

    @Option(name: .customLong("class"), help: "Of this class: control, telemetry, bulk, or a number such as 0x100.")
    var trafficClass: String?

    @Option(help: "Of this path of the site.")
    var path: String?

    func filter() throws -> UsageFilter {
        UsageFilter(
            since: try since.map(Self.time), until: try until.map(Self.time),
            trafficClass: try trafficClass.map(Self.number),
            path: path)
    }

    private static func time(_ text: String) throws -> Timestamp {
        guard let time = Timestamp(rfc3339: text) ?? Timestamp(rfc3339: text + "T00:00:00Z") else {
            throw ValidationError("'\(text)' is no time: write 2026-11-20 or 2026-11-20T08:00:00Z")
        }
        return time
    }

    private static func number(_ text: String) throws -> UInt16 {
        let names = ["control": UsageMark.control, "telemetry": UsageMark.telemetry, "bulk": UsageMark.bulk]
        let number = text.hasPrefix("0x") ? UInt16(text.dropFirst(2), radix: 16) : UInt16(text)
        guard let number = names[text] ?? number else {
            throw ValidationError("'\(text)' is no class: write control, telemetry, bulk, or a number such as 0x100")
        }
        return number
    }
}

struct UsageFilter {
    var since: Timestamp?
    var until: Timestamp?
    var trafficClass: UInt16?
    var path: String?

    func takes(_ record: UsageRecord) -> Bool {
        let open = record.draft.times.open
        return since.map { open >= $0 } ?? true && until.map { open < $0 } ?? true
            && trafficClass.map { record.draft.trafficClass == $0 } ?? true
            && path.map { record.draft.subscription.path == $0 } ?? true
    }
}

/// The ledger as commands read it: page by page, so that a year takes no more memory than a day.
struct UsageReading {
    let settings: SiteSettings

    /// Every row above `sequence` that is a record; what is none is named on standard error, and passed over.
    func each(above sequence: UInt64 = 0, _ body: (UsageRecord, [UInt8]) throws -> Void) throws {
        try rows(above: sequence) { row in
            guard let record = Self.record(row) else { return }
            try body(record, row.body)
        }
    }

    func rows(above sequence: UInt64 = 0, _ body: (SpoolRow) throws -> Void) throws {
        let ledger = try orExit { () throws(SpoolFault) in try UsageLedgerReader(settings.spool) }
        var position = sequence
        while true {
            let page = try orExit { () throws(SpoolFault) in try ledger.rows(after: position) }
            guard let last = page.last else { return }
            for row in page { try body(row) }
            position = last.identity.sequence
        }
    }

    private static func record(_ row: SpoolRow) -> UsageRecord? {
        do throws(UsageFault) {
            return try UsageRecord(row.body)
        } catch {
            printError("usage record \(row.identity.sequence) cannot be read: \(error)")
            return nil
        }
    }

    private func orExit<Value>(_ body: () throws(SpoolFault) -> Value) throws -> Value {
        do throws(SpoolFault) {
            return try body()
        } catch {
            printError(error.summary)
            throw Exit.spool
        }
    }
}
