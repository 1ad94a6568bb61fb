import ArgumentParser
import FieldModel
import JSONText
import UsageWire

struct UsageShow: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Add up what was used, by day, class, path or connection.",
        discussion: "Days are those of UTC, by the record's beginning. Bytes are of the IP layer, as they are billed.")

    enum Grouping: String, ExpressibleByArgument, CaseIterable {
        case day, `class`, path, connection, subscription
    }

    @OptionGroup var site: SiteOptions
    @OptionGroup var selection: UsageSelection

    @Option(help: "What a line is for; several go together, such as day,class.")
    var by: String = "day,class"

    @Flag(help: "Show identities of cards whole; else but their last four digits.")
    var full = false

    @Flag(help: "Report as one JSON array.")
    var json = false

    func run() throws {
        let groupings = try by.split(separator: ",").map { name in
            guard let grouping = Grouping(rawValue: String(name)) else {
                throw ValidationError("'\(name)': group by day, class, path, connection or subscription")
            }
            return grouping
        }
        let settings = try site.loadOrExit()
        let filter = try selection.filter()
        var sums = UsageSums(groupings: groupings, isFull: full)
        try UsageReading(settings: settings).each { record, _ in
            if filter.takes(record) { sums.add(record) }
        }
        print(json ? sums.json : sums.table)
    }
}

/// Sums of records that carry volume, line by line.
struct UsageSums {
    struct Line {
        var records = 0
        var up: Int64 = 0
        var down: Int64 = 0
        var messages: Int64 = 0
        var isEstimated = false
    }

    let groupings: [UsageShow.Grouping]
    let isFull: Bool
    private var lines: [[String]: Line] = [:]
    private var total = Line()

    init(groupings: [UsageShow.Grouping], isFull: Bool) {
        self.groupings = groupings
        self.isFull = isFull
    }

    mutating func add(_ record: UsageRecord) {
        guard let volume = record.draft.volume else { return }
        let key = groupings.map { name($0, record) }
        Self.add(volume, record, to: &lines[key, default: Line()])
        Self.add(volume, record, to: &total)
    }

    private static func add(_ volume: UsageVolume, _ record: UsageRecord, to line: inout Line) {
        line.records += 1
        line.up += volume.deltaUp
        line.down += volume.deltaDown
        line.messages += record.draft.messages ?? 0
        line.isEstimated = line.isEstimated || volume.isEstimated
    }

    private func name(_ grouping: UsageShow.Grouping, _ record: UsageRecord) -> String {
        let draft = record.draft
        switch grouping {
        case .day: return String(draft.times.open.iso8601.prefix(10))
        case .class: return UsageWords.trafficClass(draft.trafficClass)
        case .path: return draft.subscription.path ?? "-"
        case .subscription: return draft.subscription.iccid.map { isFull ? $0 : UsageWords.masked($0) } ?? "-"
        case .connection:
            guard let connection = draft.connection else { return draft.kind.rawValue }
            return "\(connection.tuple.prefix(12)) \(connection.application ?? connection.destination ?? "-")"
        }
    }

    private var sorted: [(key: [String], value: Line)] {
        lines.sorted { $0.key.lexicographicallyPrecedes($1.key) }
    }

    var table: String {
        let widths = groupings.indices.map { column in
            max(groupings[column].rawValue.count, sorted.map { $0.key[column].count }.max() ?? 0, 5)
        }
        func row(_ names: [String], _ figures: [String]) -> String {
            let left = zip(names, widths).map { $0 + String(repeating: " ", count: max(0, $1 - $0.count)) }
            let right = zip(figures, [8, 17, 17, 10]).map { String(repeating: " ", count: max(0, $1 - $0.count)) + $0 }
            return (left + right).joined(separator: " ")
        }
        func figures(_ line: Line) -> [String] {
            [
                "\(line.records)", "\(line.up)", "\(line.down)", "\(line.messages)",
                line.isEstimated ? "  estimated" : "",
            ]
        }
        var text = [row(groupings.map(\.rawValue), ["records", "up", "down", "messages"])]
        text += sorted.map { row($0.key, Array(figures($0.value).prefix(4))) + figures($0.value)[4] }
        let blanks = [String](repeating: "", count: max(0, groupings.count - 1))
        text.append(row(["total"] + blanks, Array(figures(total).prefix(4))))
        return text.joined(separator: "\n")
    }

    var json: String {
        var writer = JSONWriter()
        writer.raw("[")
        for (index, (key, line)) in sorted.enumerated() {
            if index > 0 { writer.raw(",") }
            writer.raw("{\"records\":")
            writer.integer(Int64(line.records))
            for (grouping, name) in zip(groupings, key) { writer.member(grouping.rawValue, .text(name)) }
            writer.member("up", .decimal(DecimalNumber(mantissa: line.up)))
            writer.member("down", .decimal(DecimalNumber(mantissa: line.down)))
            writer.member("messages", .decimal(DecimalNumber(mantissa: line.messages)))
            writer.member("estimated", .bool(line.isEstimated))
            writer.raw("}")
        }
        writer.raw("]")
        return writer.text
    }
}

/// Words for people.
enum UsageWords {
    static func trafficClass(_ number: UInt16?) -> String {
        switch number {
        case nil: "-"
        case UsageMark.control?: "control"
        case UsageMark.telemetry?: "telemetry"
        case UsageMark.bulk?: "bulk"
        case let number?: "0x" + String(number, radix: 16)
        }
    }

    /// All but the last four characters.
    static func masked(_ identity: String) -> String {
        String(repeating: "*", count: max(0, identity.count - 4)) + identity.suffix(4)
    }

    static func masked(_ record: UsageRecord) -> UsageRecord {
        var record = record
        record.draft.subscription.iccid = record.draft.subscription.iccid.map(masked)
        record.draft.subscription.imei = record.draft.subscription.imei.map(masked)
        return record
    }
}
