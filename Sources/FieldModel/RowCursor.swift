/// The head of a spool row, its readings still packed: a publisher walks them straight into its own format.
public struct RowHead {
    public enum Content {
        case telemetry(layout: UInt32, monotonic: Instant, readings: ReadingCursor)
        case event(EventBatch)
    }

    public let time: Timestamp
    public let clock: Timestamp.ClockQuality
    public let content: Content

    /// Nil when `bytes` do not begin a row of a known version.
    public init?(_ bytes: [UInt8]) {
        var reader = ByteReader(bytes)
        guard reader.byte() == RowCodec.version, let kind = reader.byte().flatMap(RowCodec.Kind.init),
            let time = reader.signed(), let clock = reader.byte().flatMap(Timestamp.ClockQuality.init)
        else { return nil }
        self.time = Timestamp(microseconds: time)
        self.clock = clock
        switch kind {
        case .telemetry:
            guard let monotonic = reader.signed(), let layout = reader.varint().flatMap(UInt32.init(exactly:)),
                let count = reader.varint(), count <= RowCodec.mostReadings
            else { return nil }
            content = .telemetry(
                layout: layout, monotonic: Instant(nanoseconds: monotonic),
                readings: ReadingCursor(reader, count: Int(count)))
        case .event:
            guard let event = Self.event(&reader, time: self.time, clock: clock) else { return nil }
            content = .event(event)
        }
    }

    private static func event(
        _ reader: inout ByteReader, time: Timestamp, clock: Timestamp.ClockQuality
    ) -> EventBatch? {
        guard let kind = reader.byte().flatMap(EventBatch.Kind.init), let device = reader.text(),
            let count = reader.varint(), count <= UInt64(reader.remaining)
        else { return nil }
        var fields: [EventBatch.Field] = []
        for _ in 0..<count {
            guard let name = reader.text() else { return nil }
            var cursor = ReadingCursor(reader, count: 1)
            guard case .good(let value)? = cursor.next() else { return nil }
            reader = cursor.rest
            fields.append(EventBatch.Field(name, value))
        }
        guard reader.remaining == 0 else { return nil }
        return EventBatch(kind: kind, device: device, time: time, clock: clock, fields: fields)
    }
}

/// Walks the readings of a telemetry row, one after another, without building an array of them.
public struct ReadingCursor {
    private var reader: ByteReader
    /// Readings not yet taken.
    public private(set) var remaining: Int
    private var tag = RowCodec.Tag.decode
    private var left = 0

    init(_ reader: ByteReader, count: Int) {
        self.reader = reader
        remaining = count
    }

    var rest: ByteReader { reader }

    /// The next reading; nil at the end and where the row is damaged.
    public mutating func next() -> Reading? {
        guard remaining > 0 else { return nil }
        if left == 0 {
            guard let tag = reader.byte().flatMap(RowCodec.Tag.init), let count = reader.varint(),
                count > 0, count <= UInt64(remaining)
            else { return nil }
            self.tag = tag
            left = Int(count)
        }
        // A reading that is cut short still counts as missing: what follows is not taken for delays.
        guard let reading = payload() else { return nil }
        left -= 1
        remaining -= 1
        return reading
    }

    /// The delays behind the last reading; nil before the end and where the row is damaged.
    public mutating func delays() -> [TelemetryBatch.Delay]? {
        guard remaining == 0, let count = reader.varint(), count <= UInt64(reader.remaining) else { return nil }
        var delays: [TelemetryBatch.Delay] = []
        for _ in 0..<count {
            guard let count = reader.varint().flatMap(Int.init(exactly:)),
                let milliseconds = reader.varint().flatMap(Int.init(exactly:))
            else { return nil }
            delays.append(TelemetryBatch.Delay(count: count, milliseconds: milliseconds))
        }
        return reader.remaining == 0 ? delays : nil
    }

    private mutating func payload() -> Reading? {
        switch tag {
        case .no: .good(.bool(false))
        case .yes: .good(.bool(true))
        case .integer: reader.signed().map { .good(.integer($0)) }
        case .decimal: decimal()
        case .unsigned: reader.varint().map { .good(.unsigned($0)) }
        case .float: reader.fixed(UInt32.self).map { .good(.float(Float(bitPattern: $0))) }
        case .double: reader.fixed(UInt64.self).map { .good(.double(Double(bitPattern: $0))) }
        case .text: reader.text().map { .good(.text($0)) }
        case .timeout: .bad(.timeout)
        case .exception: reader.byte().map { .bad(.exception($0)) }
        case .disconnected: .bad(.disconnected)
        case .protocolViolation: .bad(.protocolViolation)
        case .decode: .bad(.decode)
        }
    }

    private mutating func decimal() -> Reading? {
        guard let digits = reader.byte(), digits <= 18, let mantissa = reader.signed() else { return nil }
        return .good(.decimal(DecimalNumber(mantissa: mantissa, digits: digits)))
    }
}
