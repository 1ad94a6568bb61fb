import ArgumentParser
import FieldModel
import Platform
import UsageWire

struct UsageExport: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Write usage records to files: JSON lines, CSV, or charging data.",
        discussion: """
            Files are named GATEWAY_EPOCH_FIRST-LAST with the format's ending, and appear when they are complete. The \
            last line of each is its trailer: count and sums. Whoever has taken a file says so with --taken FILE, \
            which makes FILE.ack; --new goes on behind what was taken. Only an export with --full, as JSON lines and \
            without a choice of records, can be verified: identities are part of what is hashed.
            """)

    @OptionGroup var site: SiteOptions
    @OptionGroup var selection: UsageSelection

    @Option(help: "The folder the files go to.")
    var to: String

    @Option(help: "jsonl: the records themselves; csv: every member a column; cdr: fields named as in 3GPP TS 32.255.")
    var format: UsageFormat = .jsonl

    @Option(help: ArgumentHelp("A file ends before it is longer.", valueName: "bytes"))
    var maxBytes: Int = 10_000_000

    @Option(help: "A file ends with the day or the hour (UTC) of its records, or not at all.")
    var rotate: Rotation = .day

    @ArgumentParser.Flag(name: .customLong("new"), help: "Only what was not taken before.")
    var onlyNew = false

    @Option(help: ArgumentHelp("Mark a file of the folder as taken, and export nothing.", valueName: "file"))
    var taken: String?

    @ArgumentParser.Flag(help: "Write identities of cards and modems whole; else but their last four digits.")
    var full = false

    enum Rotation: String, ExpressibleByArgument, CaseIterable {
        case day, hour, never

        /// Records with the same text may stand in one file.
        func span(_ time: Timestamp) -> String {
            switch self {
            case .day: String(time.iso8601.prefix(10))
            case .hour: String(time.iso8601.prefix(13))
            case .never: ""
            }
        }
    }

    func run() throws {
        let settings = try site.loadOrExit()
        let filter = try selection.filter()
        guard maxBytes >= 10_000 else { throw ValidationError("--max-bytes: at least 10000") }
        do throws(ExportFault) {
            let folder = try UsageExportFolder(to)
            if let taken { return print("taken: \(try folder.markTaken(taken))") }
            var writer = UsageFileWriter(folder, format: format, limit: maxBytes, isFull: full)
            var failure: ExportFault?
            let start = onlyNew ? folder.takenThrough(settings.gateway, format) : [:]
            do {
                try UsageReading(settings: settings).each { record, bytes in
                    guard record.sequence > start[record.epoch] ?? 0, filter.takes(record), format.takes(record) else {
                        return
                    }
                    do throws(ExportFault) {
                        try writer.add(record, bytes, span: rotate.span(record.draft.times.close))
                    } catch {
                        failure = error
                        throw error
                    }
                }
            } catch {
                throw failure ?? ExportFault(words: "the ledger could not be read to its end")
            }
            try writer.finish()
            for file in writer.files { print(file) }
            if writer.files.isEmpty { print("nothing to export") }
        } catch {
            printError(error.words)
            throw Exit.spool
        }
    }
}

struct ExportFault: Error {
    var words: String
}
