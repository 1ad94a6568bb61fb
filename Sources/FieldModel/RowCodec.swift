/// The compact canonical form of a batch in the spool.
///
/// Version 1. Integers are LEB128 varints, signed ones zigzag; floating-point numbers are little-endian IEEE 754.
///
/// ```
/// row       = version(1) kind(u8) utc(zigzag µs) clock(u8) …
/// telemetry = … monotonic(zigzag ns) layout count run* delayRuns delay*
/// event     = … eventKind(u8) device(text) fields(count) { name(text) run(1) }*
/// run       = tag(u8) count payload*        one tag for a run of like readings
/// delay     = count milliseconds
/// text      = length bytes
/// ```
///
/// A thousand small integers take about two bytes each; decoding is left to whoever publishes.
public enum RowCodec {
    static let version: UInt8 = 1

    /// More than any device has points: a damaged count must not ask for all the memory there is.
    static let mostReadings: UInt64 = 1 << 20

    enum Kind: UInt8 {
        case telemetry = 1
        case event = 2
    }

    /// What a run of readings holds.
    enum Tag: UInt8 {
        case no = 0, yes, integer, decimal, unsigned, float, double, text
        case timeout = 16, exception, disconnected, protocolViolation, decode
    }

    public static func encode(_ batch: OutboundBatch) -> [UInt8] {
        switch batch {
        case .telemetry(let telemetry): encode(telemetry)
        case .event(let event): encode(event)
        }
    }

    public static func encode(_ batch: TelemetryBatch) -> [UInt8] {
        var out = ByteWriter(capacity: 48 + batch.readings.count * 3)
        out.header(.telemetry, time: batch.time, clock: batch.clock)
        out.signed(batch.monotonic.nanoseconds)
        out.varint(UInt64(batch.layout))
        out.varint(UInt64(batch.readings.count))
        out.readings(batch.readings)
        let delays = batch.delays.contains { $0.milliseconds != 0 } ? batch.delays : []
        out.varint(UInt64(delays.count))
        for delay in delays {
            out.varint(UInt64(delay.count))
            out.varint(UInt64(max(0, delay.milliseconds)))
        }
        return out.bytes
    }

    public static func encode(_ event: EventBatch) -> [UInt8] {
        var out = ByteWriter(capacity: 128)
        out.header(.event, time: event.time, clock: event.clock)
        out.byte(event.kind.rawValue)
        out.text(event.device)
        out.varint(UInt64(event.fields.count))
        for field in event.fields {
            out.text(field.name)
            out.readings([.good(field.value)])
        }
        return out.bytes
    }

    /// The batch in `bytes`, nil when they are not a whole row of a known version.
    public static func decode(_ bytes: [UInt8]) -> OutboundBatch? {
        guard let head = RowHead(bytes) else { return nil }
        switch head.content {
        case .telemetry(let layout, let monotonic, var cursor):
            var readings: [Reading] = []
            readings.reserveCapacity(cursor.remaining)
            while cursor.remaining > 0 {
                guard let reading = cursor.next() else { return nil }
                readings.append(reading)
            }
            guard let delays = cursor.delays() else { return nil }
            return .telemetry(
                TelemetryBatch(
                    layout: layout, time: head.time, monotonic: monotonic, clock: head.clock, readings: readings,
                    delays: delays))
        case .event(let event):
            return .event(event)
        }
    }
}

extension ByteWriter {
    fileprivate mutating func header(_ kind: RowCodec.Kind, time: Timestamp, clock: Timestamp.ClockQuality) {
        byte(RowCodec.version)
        byte(kind.rawValue)
        signed(time.microseconds)
        byte(clock.rawValue)
    }

    fileprivate mutating func readings(_ readings: [Reading]) {
        var start = 0
        while start < readings.count {
            let tag = RowCodec.Tag(readings[start])
            var end = start + 1
            while end < readings.count, RowCodec.Tag(readings[end]) == tag { end += 1 }
            byte(tag.rawValue)
            varint(UInt64(end - start))
            for index in start..<end { payload(readings[index]) }
            start = end
        }
    }

    private mutating func payload(_ reading: Reading) {
        switch reading {
        case .good(.bool): break
        case .good(.decimal(let value)):
            if value.digits > 0 { byte(value.digits) }
            signed(value.mantissa)
        case .good(.unsigned(let value)): varint(value)
        case .good(.float(let value)): fixed(value.bitPattern)
        case .good(.double(let value)): fixed(value.bitPattern)
        case .good(.text(let value)): text(value)
        case .bad(.exception(let code)): byte(code)
        case .bad: break
        }
    }
}

extension RowCodec.Tag {
    @inline(__always)
    init(_ reading: Reading) {
        switch reading {
        case .good(.bool(let value)): self = value ? .yes : .no
        case .good(.decimal(let value)): self = value.digits == 0 ? .integer : .decimal
        case .good(.unsigned): self = .unsigned
        case .good(.float): self = .float
        case .good(.double): self = .double
        case .good(.text): self = .text
        case .bad(.timeout): self = .timeout
        case .bad(.exception): self = .exception
        case .bad(.disconnected): self = .disconnected
        case .bad(.protocolViolation): self = .protocolViolation
        case .bad(.decode), .bad(.good): self = .decode
        }
    }
}
