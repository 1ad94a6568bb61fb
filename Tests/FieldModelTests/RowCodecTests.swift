import FieldGateTesting
import FieldModel
import Testing

@Suite("Rows of the spool")
struct RowCodecTests {
    @Test("A random batch comes out of its row as it went in", arguments: 0..<8 as Range<UInt64>)
    func roundTrip(_ seed: UInt64) {
        var random = RandomBatch(seed: seed)
        for _ in 0..<150 {
            let telemetry = OutboundBatch.telemetry(random.telemetry())
            #expect(RowCodec.decode(RowCodec.encode(telemetry)) == telemetry)
            let event = OutboundBatch.event(random.event())
            #expect(RowCodec.decode(RowCodec.encode(event)) == event)
        }
    }

    @Test("A row cut at any byte, or with bytes behind it, is no row", arguments: 0..<4 as Range<UInt64>)
    func truncation(_ seed: UInt64) {
        var random = RandomBatch(seed: seed)
        for _ in 0..<20 {
            for row in [RowCodec.encode(random.telemetry()), RowCodec.encode(random.event())] {
                for length in 0..<row.count { #expect(RowCodec.decode(Array(row[..<length])) == nil) }
                #expect(RowCodec.decode(row + [0]) == nil)
            }
        }
    }

    @Test("A row with a byte changed is read or refused, and never traps", arguments: 0..<4 as Range<UInt64>)
    func damage(_ seed: UInt64) {
        var random = RandomBatch(seed: seed)
        for _ in 0..<40 {
            for row in [RowCodec.encode(random.telemetry()), RowCodec.encode(random.event())] {
                // The first bytes of a count may promise millions of readings: that is what this looks for.
                for place in row.indices {
                    var damaged = row
                    damaged[place] ^= 1 << UInt8.random(in: 0..<8, using: &random.random)
                    _ = RowCodec.decode(damaged)
                }
            }
        }
    }

    @Test("Random bytes are no row, and never trap")
    func noise() {
        var random = SeededRandom(seed: 5)
        for _ in 0..<5000 {
            var bytes = (0..<Int.random(in: 0..<60, using: &random)).map { _ in UInt8(truncatingIfNeeded: random.next())
            }
            if bytes.count > 1 { (bytes[0], bytes[1]) = (1, bytes[1] % 3) }
            _ = RowCodec.decode(bytes)
        }
    }

    @Test("A row of another version is refused")
    func version() {
        var random = RandomBatch(seed: 2)
        var row = RowCodec.encode(random.telemetry())
        for version in [UInt8(0), 2, 255] {
            row[0] = version
            #expect(RowCodec.decode(row) == nil)
            #expect(RowHead(row) == nil)
        }
    }

    @Test("The bytes of version 1 stay what they are")
    func golden() {
        let telemetry = TelemetryBatch(
            layout: 300, time: Timestamp(microseconds: 1), monotonic: Instant(nanoseconds: -1), clock: .holdover,
            readings: [
                .good(.integer(1)), .good(.integer(-64)), .good(.bool(true)), .bad(.exception(2)),
                .good(.decimal(DecimalNumber(mantissa: 5, digits: 1))), .good(.text("x")), .good(.float(1)),
            ],
            delays: [
                TelemetryBatch.Delay(count: 4, milliseconds: 0), TelemetryBatch.Delay(count: 3, milliseconds: 130),
            ])
        let expected: [UInt8] = [
            1, 1, 2, 1, 1, 0xAC, 2, 7, 2, 2, 2, 127, 1, 1, 17, 1, 2, 3, 1, 1, 10, 7, 1, 1, 0x78, 5, 1, 0, 0, 0x80, 0x3F,
            2, 4, 0, 3, 0x82, 1,
        ]
        #expect(RowCodec.encode(telemetry) == expected)
        let event = EventBatch(
            kind: .commandResult, device: "d", time: Timestamp(microseconds: -1), clock: .synced,
            fields: [EventBatch.Field("id", .text("c"))])
        #expect(
            RowCodec.encode(event) == [1, 2, 1, 0, 2, 1, 0x64, 1, 2, 0x69, 0x64, 7, 1, 1, 0x63])
    }

    @Test("Delays that are all zero are not stored")
    func noDelays() {
        let batch = TelemetryBatch(
            layout: 1, time: Timestamp(microseconds: 0), monotonic: Instant(nanoseconds: 0), clock: .synced,
            readings: [.good(.integer(1))], delays: [TelemetryBatch.Delay(count: 1, milliseconds: 0)])
        var expected = batch
        expected.delays = []
        #expect(RowCodec.decode(RowCodec.encode(batch)) == .telemetry(expected))
    }

    @Test("A thousand small integers take about two bytes each")
    func size() {
        let batch = TelemetryBatch(
            layout: 1, time: Timestamp(microseconds: 1_795_161_600_000_000), monotonic: Instant(nanoseconds: 1 << 40),
            clock: .synced, readings: (0..<1000).map { .good(.integer($0 * 7)) }, delays: [])
        #expect(RowCodec.encode(batch).count < 2100)
    }
}
