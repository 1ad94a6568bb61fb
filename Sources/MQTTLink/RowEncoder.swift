import FieldModel
import JSONText
import UsageWire

/// Spool rows as the JSON of the durable channel: `fg.tele/1`, `fg.event/1`, `fg.result/1`, `fg.link/1`,
/// and usage records as they were sealed.
package struct RowEncoder: ~Copyable {
    /// A layout's constant parts, escaped once.
    private struct Keys {
        var device: String
        /// `,"dev":"loader","t":`
        var middle: [UInt8]
        /// `"EngineSpeed":` of every point, one after another.
        var names: [UInt8]
        var ends: [Int]
    }

    private let topics: Topics
    private let epoch: UInt32
    private let gateway: String
    private let spool: any Spool
    private var writer = JSONWriter()
    private var layouts: [UInt32: Keys] = [:]

    package init(gateway: String, topics: Topics, spool: any Spool) {
        self.gateway = gateway
        self.topics = topics
        self.spool = spool
        epoch = spool.epoch
    }

    /// The row's topic, and its payload until the next call; nil when the row cannot be read.
    package mutating func encode(_ row: SpoolRow, replayed: Bool) -> (topic: String, payload: UnsafeRawBufferPointer)? {
        writer.clear()
        if row.identity.stream == .usage {
            // As they are: whoever changes a byte breaks the chain.
            guard row.body.first == UInt8(ascii: "{") else { return nil }
            writer.raw(UsageEnvelope.bytes(row.body, replayed: replayed))
            return (topics.usage, writer.bytes)
        }
        guard let head = RowHead(row.body) else { return nil }
        switch head.content {
        case .telemetry(let layout, _, let readings):
            guard let keys = keys(of: layout) else { return nil }
            writer.raw("{\"schema\":\"fg.tele/1\"")
            identity(row.identity)
            writer.raw(keys.middle)
            stamp(head, replayed)
            guard values(readings, keys) else { return nil }
            return (topics.telemetry(keys.device), writer.bytes)
        case .event(let event):
            writer.raw("{\"schema\":\"")
            writer.unescaped(event.kind.schema)
            writer.raw("\"")
            identity(row.identity)
            if event.kind == .linkReport { writer.raw(",\"path\":") } else { writer.raw(",\"dev\":") }
            writer.string(event.device)
            writer.raw(",\"t\":")
            stamp(head, replayed)
            for field in event.fields {
                writer.raw(",")
                writer.string(field.name)
                writer.raw(":")
                writer.value(field.value)
            }
            writer.raw("}")
            return (topic(of: event), writer.bytes)
        }
    }

    private func topic(of event: EventBatch) -> String {
        switch event.kind {
        case .event: topics.event(event.device)
        case .commandResult: topics.result(event.device)
        case .linkReport: topics.link(event.device)
        case .controlEvent: topics.control(event.device, .evt)
        }
    }

    private mutating func identity(_ identity: RowIdentity) {
        writer.raw(",\"gw\":")
        writer.string(gateway)
        writer.raw(",\"epoch\":")
        writer.integer(Int64(identity.epoch))
        writer.raw(",\"stream\":\"")
        writer.unescaped(identity.stream.name)
        writer.raw("\",\"seq\":")
        writer.unsigned(identity.sequence)
    }

    private mutating func stamp(_ head: RowHead, _ replayed: Bool) {
        writer.time(head.time)
        if head.clock != .synced {
            writer.raw(",\"clock\":\"")
            writer.unescaped(head.clock.name)
            writer.raw("\"")
        }
        if replayed { writer.raw(",\"replayed\":true") }
    }

    private mutating func values(_ readings: ReadingCursor, _ keys: Keys) -> Bool {
        var cursor = readings
        guard cursor.remaining == keys.ends.count else { return false }
        var bad: [(Int, Quality)] = []
        writer.raw(",\"v\":{")
        keys.names.withUnsafeBufferPointer { names in
            var start = 0
            for point in keys.ends.indices {
                guard let reading = cursor.next() else { break }
                writer.raw(UnsafeBufferPointer(rebasing: names[start..<keys.ends[point]]))
                start = keys.ends[point]
                switch reading {
                case .good(let value): writer.value(value)
                case .bad(let quality):
                    writer.raw("null")
                    bad.append((point, quality))
                }
                writer.raw(",")
            }
        }
        guard cursor.remaining == 0, let delays = cursor.delays(), let late = delayed(delays, of: keys.ends.count)
        else { return false }
        closeObject(empty: keys.ends.isEmpty)
        members("q", bad, keys) { $0.string($1.name) }
        members("dt", late, keys) { $0.integer(Int64($1)) }
        writer.raw("}")
        return true
    }

    /// `,"name":{"point":…}`, nothing when there are no members.
    private mutating func members<Value>(
        _ name: StaticString, _ values: [(Int, Value)], _ keys: Keys, _ write: (inout JSONWriter, Value) -> Void
    ) {
        guard !values.isEmpty else { return }
        writer.raw(",\"")
        writer.raw(name)
        writer.raw("\":{")
        for (point, value) in values {
            let start = point == 0 ? 0 : keys.ends[point - 1]
            keys.names.withUnsafeBufferPointer {
                writer.raw(UnsafeBufferPointer(rebasing: $0[start..<keys.ends[point]]))
            }
            write(&writer, value)
            writer.raw(",")
        }
        closeObject(empty: false)
    }

    private mutating func closeObject(empty: Bool) {
        if !empty { writer.removeLast() }
        writer.raw("}")
    }

    /// The points that were read late, and by how much; nil when the delays speak of more points than there are.
    private func delayed(_ delays: [TelemetryBatch.Delay], of count: Int) -> [(Int, Int)]? {
        var points: [(Int, Int)] = []
        var point = 0
        for delay in delays {
            guard delay.count <= count - point else { return nil }
            if delay.milliseconds > 0 {
                points += (point..<point + delay.count).map { ($0, delay.milliseconds) }
            }
            point += delay.count
        }
        return points
    }

    private mutating func keys(of number: UInt32) -> Keys? {
        if let known = layouts[number] { return known }
        guard let layout = try? spool.layout(number) else { return nil }
        var names = JSONWriter()
        var ends: [Int] = []
        for point in layout.points {
            names.string(point)
            names.raw(":")
            ends.append(names.count)
        }
        var middle = JSONWriter(capacity: 64)
        middle.raw(",\"dev\":")
        middle.string(layout.device)
        middle.raw(",\"t\":")
        let keys = Keys(
            device: layout.device, middle: Array(middle.bytes), names: Array(names.bytes), ends: ends)
        layouts[number] = keys
        return keys
    }
}

extension EventBatch.Kind {
    fileprivate var schema: String {
        switch self {
        case .event: "fg.event/1"
        case .commandResult: "fg.result/1"
        case .linkReport: "fg.link/1"
        case .controlEvent: "fg.evt/1"
        }
    }
}
