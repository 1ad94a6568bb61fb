import FieldGateTesting
import FieldModel

/// Batches of everything a row can hold, the same for the same seed.
struct RandomBatch {
    var random: SeededRandom

    init(seed: UInt64) {
        random = SeededRandom(seed: seed)
    }

    mutating func telemetry() -> TelemetryBatch {
        var readings: [Reading] = []
        for _ in 0..<Int.random(in: 0...12, using: &random) {
            // Runs of like readings, as machines send them.
            let kind = Int.random(in: 0..<12, using: &random)
            for _ in 0..<Int.random(in: 1...9, using: &random) { readings.append(reading(kind)) }
        }
        let delays = (0..<Int.random(in: 0...4, using: &random)).map { _ in
            TelemetryBatch.Delay(
                count: .random(in: 1...500, using: &random), milliseconds: .random(in: 1...60_000, using: &random))
        }
        return TelemetryBatch(
            layout: .random(in: 0...UInt32.max, using: &random), time: time(),
            monotonic: Instant(nanoseconds: integer()), clock: clock(), readings: readings, delays: delays)
    }

    mutating func event() -> EventBatch {
        EventBatch(
            kind: Bool.random(using: &random) ? .event : .commandResult, device: text(), time: time(), clock: clock(),
            fields: (0..<Int.random(in: 0...8, using: &random)).map { _ in EventBatch.Field(text(), value()) })
    }

    private mutating func reading(_ kind: Int) -> Reading {
        switch kind {
        case 0: .bad(.timeout)
        case 1: .bad(.exception(.random(in: 0...255, using: &random)))
        case 2: .bad(.disconnected)
        case 3: .bad(.protocolViolation)
        case 4: .bad(.decode)
        default: .good(value(kind - 5))
        }
    }

    private mutating func value(_ kind: Int? = nil) -> PointValue {
        switch kind ?? Int.random(in: 0..<7, using: &random) {
        case 0: .bool(Bool.random(using: &random))
        case 1: .integer(integer())
        case 2: .decimal(DecimalNumber(mantissa: integer(), digits: .random(in: 1...18, using: &random)))
        case 3: .unsigned(.random(in: 0...UInt64.max, using: &random))
        case 4: .float(.random(in: -1e30...1e30, using: &random))
        case 5: .double(.random(in: -1e300...1e300, using: &random))
        default: .text(text())
        }
    }

    /// All magnitudes alike, the ends of the range included.
    private mutating func integer() -> Int64 {
        let value = Int64(bitPattern: random.next() >> UInt64.random(in: 0..<64, using: &random))
        return Bool.random(using: &random) ? value : ~value
    }

    private mutating func time() -> Timestamp { Timestamp(microseconds: integer()) }

    private mutating func clock() -> Timestamp.ClockQuality { .allCases[Int.random(in: 0..<3, using: &random)] }

    private mutating func text() -> String {
        let letters = Array("abcXYZ09_- \u{0}\u{E9}\u{20AC}\u{1F69C}\"\\")
        return String(
            (0..<Int.random(in: 0...20, using: &random)).map { _ in letters.randomElement(using: &random) ?? "?" })
    }
}
