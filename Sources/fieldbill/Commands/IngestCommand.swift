import ArgumentParser
import BillStore
import FieldModel
import Platform
import UsageWire

struct IngestCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ingest",
        abstract: "Take usage records from files, each exactly once.",
        discussion: """
            One record a line, as 'fieldgate usage export' writes them or as messages of the topic 'usage' were kept. \
            Records that are here already are passed over, so a file may be given again, and an ingest that was \
            interrupted is simply run again. Records behind a hole wait until it is filled. Exit code 4: something was \
            refused, or waits.
            """)

    @OptionGroup var options: DeskOptions
    @Argument(help: "Files; - is standard input.") var files: [String]

    func run() throws {
        try told {
            let ledger = try options.open().ledger
            var total = IngestReport()
            var faults: [String] = []
            for file in files {
                var report = IngestReport()
                if let fault = try ingest(file, ledger, &report) { faults.append(fault) }
                printText("\(file): \(IngestText.line(report))\n")
                total += report
            }
            for fault in faults { printError(fault) }
            let holes = try HoleText.lines(ledger.chains())
            for hole in holes { printError(hole) }
            if total.refused > 0 || !faults.isEmpty || !holes.isEmpty { throw Exit.records }
        }
    }

    /// What is wrong with the file itself; what is wrong with records is in the report, and said at once.
    private func ingest(_ file: String, _ ledger: any BillingLedger, _ report: inout IngestReport) throws -> String? {
        let pipe: ArrivalPipe
        do throws(SystemError) { pipe = try ArrivalPipe(file) } catch {
            throw DeskFault("\(file) cannot be read: \(error); check the path", Exit.file)
        }
        defer { pipe.close() }
        var isBegun = false
        var (count, lastHash) = (Int64(0), "")
        while true {
            switch pipe.next() {
            case .batch(let arrivals):
                if !isBegun, case .unreadable(let fault)? = arrivals.first?.content {
                    throw DeskFault(
                        "\(file): this is no file of usage records, already its first line: \(fault)", Exit.file)
                }
                isBegun = true
                count += Int64(arrivals.count)
                if case .record(let record, _)? = arrivals.last?.content { lastHash = record.hash }
                var taken = try ledger.ingest(arrivals, received: WallClock.now())
                for alarm in taken.alarms { AlarmText.say(alarm) }
                taken.alarms = []
                report += taken
            case .end(.whole(let trailer)):
                guard let trailer, trailer.records != count || trailer.lastHash != lastHash else { return nil }
                return
                    "\(file): its last line tells of \(trailer.records) records, \(count) are here, or the last is "
                    + "another: somebody changed the file; export it again"
            case .end(.unreadable(let error)):
                return "\(file) cannot be read to its end: \(error); check the file and ingest it once more"
            case .end(.torn(let bytes)):
                return
                    "\(file): the last \(bytes) bytes are the beginning of a record that was cut off; fetch the file "
                    + "again and ingest it once more"
            }
        }
    }
}

enum IngestText {
    static func line(_ report: IngestReport) -> String {
        "\(report.accepted) new, \(report.doubles) known, \(report.held) waiting, \(report.refused) refused"
            + (report.before > 0 ? ", \(report.before) from before the chain's beginning here" : "")
    }
}

enum AlarmText {
    /// Only so many of a batch: the store keeps them all.
    static func say(_ alarm: Alarm) {
        let place = alarm.place
        printError("\(alarm.kind.rawValue): \(place.isEmpty ? "" : "\(place): ")\(alarm.text)".printable)
    }
}

enum HoleText {
    /// What is missing, and where to get it.
    static func lines(_ chains: [ChainState]) -> [String] {
        chains.flatMap { chain -> [String] in
            var lines: [String] = []
            let place = "gateway \(chain.gateway), epoch \(chain.epoch)"
            if let stop = chain.head.stop {
                lines.append(
                    "\(place): stopped at record \(chain.head.sequence + 1): \(stop); ask the gateway's owner for that "
                        + "record as the gateway has it")
            }
            if let hole = chain.missing.first {
                let (from, to) = (hole.lowerBound, hole.upperBound)
                let which = from == to ? "record \(from) is" : "records \(from) to \(to) are"
                let more = chain.missing.count > 1 ? " (and \(chain.missing.count - 1) more holes)" : ""
                lines.append(
                    "\(place): \(which) missing\(more), \(chain.held) wait behind: ingest what is missing, or let "
                        + "'fieldbill consume' ask for it"
                        + (chain.head.sequence == 0
                            ? "; if nobody has it any more, 'fieldbill gateway begin' at a signed checkpoint" : ""))
            }
            return lines
        }
    }
}
