import FieldModel
import JSONText
import Telemetry

/// What the admin socket tells of the running gateway, `fg.admin/1`; also how the command line reads it.
struct StatusDocument: Sendable {
    struct Device: Sendable {
        var id: String
        var bus: String
        var state: String
        var problem: String?
        var polls: Int64
        var failures: Int64
        /// The first few points, as text with their units.
        var points: [String]
        var control: Control?
    }

    /// How remote control of a device stands.
    struct Control: Sendable {
        var phase: String
        var cause: String
        var holder: String?
        var watchdogFault: String?
    }

    /// A path and what is told of it, as on the `link` topic.
    struct Path: Sendable {
        var id: String
        var fields: [EventBatch.Field]

        subscript(name: String) -> String? { fields.first { $0.name == name }.map { "\($0.value)" } }
    }

    var gateway = ""
    var version = Version.current
    var pid: Int64 = 0
    var uptimeSeconds: Double = 0
    var clock = ""
    var broker = ""
    var brokerDetail: String?
    var values: Int64 = 0
    var transactions: Int64 = 0
    var overruns: Int64 = 0
    var latenessP50us: Int64 = 0
    var latenessP99us: Int64 = 0
    var latenessMaxus: Int64 = 0
    var published: Int64 = 0
    var acknowledged: Int64 = 0
    var acknowledgedSequence: Int64 = 0
    var commands: Int64 = 0
    var inFlight: Int64 = 0
    var devices: [Device] = []
    var paths: [Path] = []
    var spool = SpoolState(epoch: 0, streams: [], pending: 0, deadLetters: 0, alarm: nil)
}

// MARK: Writing

extension StatusDocument {
    var json: String {
        var json = JSONWriter()
        json.raw("{\"schema\":\"fg.admin/1\"")
        for (name, text) in [
            ("gateway", gateway), ("version", version), ("clock", clock), ("broker", broker),
        ] {
            json.member(name, .text(text))
        }
        if let brokerDetail { json.member("broker_detail", .text(brokerDetail)) }
        json.member("uptime_s", .double(uptimeSeconds))
        for (name, path) in Self.numbers { json.member(name, .integer(self[keyPath: path])) }
        json.raw(",\"devices\":[")
        for (index, device) in devices.enumerated() { Self.write(device, &json, first: index == 0) }
        json.raw("],\"paths\":[")
        for (index, path) in paths.enumerated() {
            json.raw(index == 0 ? "{\"path\":" : ",{\"path\":")
            json.string(path.id)
            for field in path.fields { json.member(field.name, field.value) }
            json.raw("}")
        }
        json.raw("],\"spool\":")
        json.unescaped(Self.spoolJSON(spool))
        json.raw("}")
        return json.text
    }

    private static var numbers: [(String, WritableKeyPath<StatusDocument, Int64>)] {
        [
            ("pid", \.pid), ("values", \.values), ("transactions", \.transactions), ("overruns", \.overruns),
            ("lateness_p50_us", \.latenessP50us), ("lateness_p99_us", \.latenessP99us),
            ("lateness_max_us", \.latenessMaxus), ("published", \.published), ("acknowledged", \.acknowledged),
            ("acknowledged_seq", \.acknowledgedSequence), ("commands", \.commands), ("in_flight", \.inFlight),
        ]
    }

    private static func write(_ device: Device, _ json: inout JSONWriter, first: Bool) {
        json.raw(first ? "{\"id\":" : ",{\"id\":")
        json.string(device.id)
        json.member("bus", .text(device.bus))
        json.member("state", .text(device.state))
        if let problem = device.problem { json.member("problem", .text(problem)) }
        json.member("polls", .integer(device.polls))
        json.member("failures", .integer(device.failures))
        json.raw(",\"points\":[")
        for (index, point) in device.points.enumerated() {
            if index > 0 { json.raw(",") }
            json.string(point)
        }
        json.raw("]")
        if let control = device.control {
            json.raw(",\"control\":{\"state\":")
            json.string(control.phase)
            json.member("reason", .text(control.cause))
            if let holder = control.holder { json.member("operator", .text(holder)) }
            if let fault = control.watchdogFault { json.member("watchdog", .text(fault)) }
            json.raw("}")
        }
        json.raw("}")
    }

    static func spoolJSON(_ state: SpoolState) -> String {
        var json = JSONWriter()
        json.raw("{\"schema\":\"fg.spool/1\"")
        json.member("epoch", .integer(Int64(state.epoch)))
        json.member("pending", .integer(Int64(state.pending)))
        json.member("dead_letters", .integer(Int64(state.deadLetters)))
        if let alarm = state.alarm { json.member("alarm", .text(alarm)) }
        json.raw(",\"streams\":[")
        for (index, stream) in state.streams.enumerated() {
            json.raw(index == 0 ? "{\"stream\":" : ",{\"stream\":")
            json.string(stream.stream.name)
            json.member("last", .integer(Int64(stream.last)))
            json.member("settled", .integer(Int64(stream.settled)))
            json.member("rows", .integer(Int64(stream.rows)))
            json.member("bytes", .integer(Int64(stream.bytes)))
            json.member("dropped", .integer(Int64(stream.dropped)))
            if let oldest = stream.oldest { json.member("oldest", .text(oldest.iso8601)) }
            json.raw("}")
        }
        json.raw("]}")
        return json.text
    }
}

// MARK: Reading

extension StatusDocument {
    static func parse(_ text: String) throws(AdminFault) -> StatusDocument {
        let json = try read(text)
        var status = StatusDocument()
        status.gateway = json.text("gateway")
        status.version = json.text("version")
        status.clock = json.text("clock")
        status.broker = json.text("broker")
        status.brokerDetail = json["broker_detail"].map { _ in json.text("broker_detail") }
        status.uptimeSeconds = json.number("uptime_s").double
        for (name, path) in numbers { status[keyPath: path] = json.integer(name) }
        for device in json.items("devices") {
            status.devices.append(
                Device(
                    id: device.text("id"), bus: device.text("bus"), state: device.text("state"),
                    problem: device["problem"].map { _ in device.text("problem") }, polls: device.integer("polls"),
                    failures: device.integer("failures"),
                    points: device.items("points").compactMap { if case .string(let text) = $0 { text } else { nil } },
                    control: device["control"].map(control)))
        }
        for path in json.items("paths") {
            guard case .object(let members) = path else { continue }
            let fields = members.compactMap { member in member.value.point.map { EventBatch.Field(member.name, $0) } }
            status.paths.append(Path(id: path.text("path"), fields: fields))
        }
        if let spool = json["spool"] { status.spool = Self.spool(spool) }
        return status
    }

    private static func control(_ json: JSONValue) -> Control {
        func optional(_ name: String) -> String? { json[name].map { _ in json.text(name) } }
        return Control(
            phase: json.text("state"), cause: json.text("reason"), holder: optional("operator"),
            watchdogFault: optional("watchdog"))
    }

    static func spool(from text: String) throws(AdminFault) -> SpoolState {
        spool(try read(text))
    }

    private static func spool(_ json: JSONValue) -> SpoolState {
        let streams = json.items("streams").compactMap { item -> StreamState? in
            guard let stream = Stream.allCases.first(where: { $0.name == item.text("stream") }) else { return nil }
            return StreamState(
                stream: stream, last: UInt64(item.integer("last")), settled: UInt64(item.integer("settled")),
                rows: Int(item.integer("rows")), bytes: Int(item.integer("bytes")),
                dropped: UInt64(item.integer("dropped")), oldest: Timestamp(rfc3339: item.text("oldest")))
        }
        return SpoolState(
            epoch: UInt32(clamping: json.integer("epoch")), streams: streams, pending: Int(json.integer("pending")),
            deadLetters: Int(json.integer("dead_letters")),
            alarm: json["alarm"].map { _ in json.text("alarm") })
    }

    private static func read(_ text: String) throws(AdminFault) -> JSONValue {
        do throws(JSONFault) {
            return try JSONReader.read(text)
        } catch {
            throw AdminFault(text: "the gateway's answer makes no sense (\(error.text)): is it of another version?")
        }
    }
}
