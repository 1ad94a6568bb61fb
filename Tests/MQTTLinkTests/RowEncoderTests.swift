import FieldGateTesting
import FieldModel
import JSONText
import MQTTLink
import Testing

@Suite("A row as JSON")
struct RowEncoderTests {
    private let spool = MemorySpool()
    private let time = Timestamp(microseconds: 1_795_161_600_123_456)

    /// What goes out of a batch: its topic, and its text read back.
    private func encode(
        _ batch: OutboundBatch, stream: FieldModel.Stream = .telemetry, sequence: UInt64 = 42, replayed: Bool = false
    ) throws -> (topic: String, json: JSONValue) {
        let row = SpoolRow(
            identity: RowIdentity(epoch: 3, stream: stream, sequence: sequence), body: RowCodec.encode(batch))
        var encoder = RowEncoder(gateway: "loader-1", topics: Topics(gateway: "loader-1"), spool: spool)
        guard let (topic, payload) = encoder.encode(row, replayed: replayed) else { throw Unreadable() }
        return (topic, try JSONReader.read(payload.bindMemory(to: UInt8.self)))
    }

    private struct Unreadable: Error {}

    private func telemetry(
        _ readings: [Reading], points: [String]? = nil, delays: [TelemetryBatch.Delay] = [],
        clock: Timestamp.ClockQuality = .synced
    ) throws -> OutboundBatch {
        let names = points ?? readings.indices.map { "p\($0)" }
        let layout = spool.register(Layout(device: "loader", points: names))
        return .telemetry(
            TelemetryBatch(
                layout: layout, time: time, monotonic: Instant(nanoseconds: 5), clock: clock, readings: readings,
                delays: delays))
    }

    private func number(_ mantissa: Int64, _ digits: UInt8 = 0) -> JSONValue {
        .number(DecimalNumber(mantissa: mantissa, digits: digits))
    }

    private func names(_ json: JSONValue?) -> [String] {
        guard case .object(let members)? = json else { return [] }
        return members.map(\.name)
    }

    @Test("carries identity, device, time and values, and nothing that is as usual")
    func plain() throws {
        let (topic, json) = try encode(telemetry([.good(.integer(1450)), .good(.bool(true))]))
        #expect(topic == "fg/v1/loader-1/tele/loader")
        #expect(names(json) == ["schema", "gw", "epoch", "stream", "seq", "dev", "t", "v"])
        #expect(json["schema"] == .string("fg.tele/1") && json["gw"] == .string("loader-1"))
        #expect(json["epoch"] == number(3) && json["seq"] == number(42) && json["stream"] == .string("telemetry"))
        #expect(json["dev"] == .string("loader") && json["t"] == .string("2026-11-20T08:00:00.123Z"))
        #expect(json["v"]?["p0"] == number(1450) && json["v"]?["p1"] == .bool(true))
    }

    @Test("names the quality of what is not good, and gives null for it")
    func qualities() throws {
        let qualities: [Quality] = [.timeout, .exception(2), .disconnected, .protocolViolation, .decode]
        let (_, json) = try encode(telemetry([.good(.integer(1))] + qualities.map { .bad($0) }))
        #expect(names(json["v"]) == ["p0", "p1", "p2", "p3", "p4", "p5"])
        #expect(names(json["q"]) == ["p1", "p2", "p3", "p4", "p5"])
        for (index, quality) in qualities.enumerated() {
            #expect(json["v"]?["p\(index + 1)"] == .null)
            #expect(json["q"]?["p\(index + 1)"] == .string(quality.name))
        }
    }

    @Test("gives the delay of what was read later than the first")
    func delays() throws {
        let runs = [(2, 0), (1, 15), (2, 40)].map { TelemetryBatch.Delay(count: $0.0, milliseconds: $0.1) }
        let (_, json) = try encode(telemetry((0..<5).map { .good(.integer($0)) }, delays: runs))
        #expect(names(json["dt"]) == ["p2", "p3", "p4"])
        #expect(json["dt"]?["p2"] == number(15) && json["dt"]?["p4"] == number(40))
    }

    @Test("says when the clock was not right, and that a row is replayed")
    func clockAndReplay() throws {
        for (clock, name) in [(Timestamp.ClockQuality.holdover, "holdover"), (.unsynced, "unsynced")] {
            let (_, json) = try encode(telemetry([.good(.integer(0))], clock: clock), replayed: true)
            #expect(json["clock"] == .string(name) && json["replayed"] == .bool(true))
        }
    }

    @Test("keeps every number exact")
    func numbers() throws {
        let values: [(PointValue, JSONValue)] = [
            (.integer(.max), number(.max)), (.integer(.min + 1), number(.min + 1)), (.integer(0), number(0)),
            (.decimal(DecimalNumber(mantissa: -1005, digits: 3)), number(-1005, 3)),
            (.decimal(DecimalNumber(mantissa: 1, digits: 18)), number(1, 18)),
            (.unsigned(.max), .real(1.844_674_407_370_955_2e19)), (.float(0.1), number(1, 1)),
            (.float(-1.5e30), .real(-1.5e30)), (.double(1.0 / 3), number(3_333_333_333_333_333, 16)),
            (.double(.leastNonzeroMagnitude), .real(.leastNonzeroMagnitude)), (.double(-0.0), number(0)),
            (.double(.nan), .null),
            (.float(.infinity), .null),
        ]
        let (_, json) = try encode(telemetry(values.map { .good($0.0) }))
        for (index, value) in values.enumerated() { #expect(json["v"]?["p\(index)"] == value.1, "\(value.0)") }
    }

    @Test("escapes what JSON must not hold, in names and in texts")
    func escapes() throws {
        let texts = ["\"\\/", "line\nbreak\ttab\u{0}\u{1F}", "Öl 油 🛢️", "", "\u{7F}\u{2028}"]
        let (_, json) = try encode(telemetry(texts.map { .good(.text($0)) }, points: texts))
        for text in texts { #expect(json["v"]?[text] == .string(text)) }
    }

    @Test("of an event goes to its device's topic with its fields beside the identity")
    func event() throws {
        let fields = [EventBatch.Field("event", .text("started")), EventBatch.Field("count", .unsigned(7))]
        let batch = EventBatch(kind: .event, device: "gateway", time: time, clock: .holdover, fields: fields)
        let (topic, json) = try encode(.event(batch), stream: .event, replayed: true)
        #expect(topic == "fg/v1/loader-1/event/gateway")
        #expect(
            names(json) == [
                "schema", "gw", "epoch", "stream", "seq", "dev", "t", "clock", "replayed", "event", "count",
            ])
        #expect(json["schema"] == .string("fg.event/1") && json["stream"] == .string("event"))
        #expect(json["event"] == .string("started") && json["count"] == number(7))
    }

    @Test("of a command's result goes to the command's result topic")
    func result() throws {
        let result = CommandResult(
            id: "a\"1", device: "loader", stage: .rejected, point: "P", value: .bool(false), reason: "out_of_limits",
            detail: "30 > 20")
        let (topic, json) = try encode(.event(result.batch(time: time, clock: .synced)), stream: .event)
        #expect(topic == "fg/v1/loader-1/cmd/loader/result")
        #expect(json["schema"] == .string("fg.result/1") && json["id"] == .string("a\"1"))
        #expect(json["stage"] == .string("rejected") && json["reason"] == .string("out_of_limits"))
        #expect(json["point"] == .string("P") && json["value"] == .bool(false) && json["detail"] == .string("30 > 20"))
    }

    @Test("is refused when it is damaged, of another layout, or of none")
    func unreadable() throws {
        let good = try telemetry([.good(.text("abc")), .good(.double(1)), .bad(.exception(2))])
        let bytes = RowCodec.encode(good)
        var encoder = RowEncoder(gateway: "g", topics: Topics(gateway: "g"), spool: spool)
        func isReadable(_ body: [UInt8]) -> Bool {
            let identity = RowIdentity(epoch: 1, stream: .telemetry, sequence: 1)
            return encoder.encode(SpoolRow(identity: identity, body: body), replayed: false) != nil
        }
        #expect(isReadable(bytes))
        for length in bytes.indices { #expect(!isReadable(Array(bytes[..<length])), "cut after \(length) bytes") }
        #expect(!isReadable(bytes + [0]))
        guard case .telemetry(var batch) = good else { return }
        batch.readings.removeLast()
        #expect(!isReadable(RowCodec.encode(batch)))
        batch.layout = 999
        #expect(!isReadable(RowCodec.encode(batch)))
        batch = TelemetryBatch(
            layout: spool.register(Layout(device: "d", points: ["a"])), time: time,
            monotonic: Instant(nanoseconds: 0), clock: .synced, readings: [.good(.integer(1))],
            delays: [TelemetryBatch.Delay(count: 2, milliseconds: 5)])
        #expect(!isReadable(RowCodec.encode(batch)))
        #expect(isReadable(bytes))
    }
}
