import FieldModel

/// Follows cumulative figures: they never fall, and no part is recorded twice.
struct UsageVolumeWatch: Sendable {
    private struct Flow: Hashable {
        var boot: String
        var start: UInt64
        var id: UInt32
        var tuple: String
    }

    /// What no connection explains runs for each boot, path and class.
    private struct Remainder: Hashable {
        var boot: String
        var path: String
        var trafficClass: UInt16
    }

    private struct Mark {
        var part: UInt32
        var up: UInt64
        var down: UInt64
    }

    private var flows: [Flow: Mark] = [:]
    private var remainders: [Remainder: Mark] = [:]

    mutating func look(at record: UsageRecord) -> [(UsageFinding.Kind, String)] {
        guard let volume = record.draft.volume else { return [] }
        switch record.draft.kind {
        case .unattributed:
            let key = Remainder(
                boot: record.boot, path: record.draft.subscription.path ?? "",
                trafficClass: record.draft.trafficClass ?? 0)
            defer { remainders[key] = Mark(part: 0, up: volume.up, down: volume.down) }
            return remainders[key].flatMap { Self.decrease(from: $0, to: volume) }.map { [$0] } ?? []
        case .interim, .stop:
            guard let connection = record.draft.connection else { return [] }
            let key = Flow(boot: connection.boot, start: connection.start, id: connection.id, tuple: connection.tuple)
            guard let before = flows[key] else {
                flows[key] = Mark(part: connection.part, up: volume.up, down: volume.down)
                return []
            }
            guard connection.part > before.part else {
                return [(.countedTwice, "part \(connection.part) of connection \(connection.id) was recorded before")]
            }
            flows[key] = Mark(part: connection.part, up: volume.up, down: volume.down)
            return Self.decrease(from: before, to: volume).map { [$0] } ?? []
        default: return []
        }
    }

    private static func decrease(from mark: Mark, to volume: UsageVolume) -> (UsageFinding.Kind, String)? {
        if volume.up < mark.up { return (.decrease, "'up' falls from \(mark.up) to \(volume.up)") }
        if volume.down < mark.down { return (.decrease, "'dn' falls from \(mark.down) to \(volume.down)") }
        return nil
    }
}

/// Follows the clocks of the records.
struct UsageClockWatch: Sendable {
    /// 2020-01-01: no gateway is older.
    private static let earliest: Int64 = 1_577_836_800_000_000
    private static let day: Int64 = 86_400_000_000
    private static let year: Int64 = 365 * day

    private var before: (boot: String, close: Int64, monotonic: Int64)?

    mutating func look(at record: UsageRecord) -> [(UsageFinding.Kind, String)] {
        let times = record.draft.times
        let (close, boot) = (times.close.microseconds, record.boot)
        defer { before = (boot, close, times.monotonic) }
        var found: [(UsageFinding.Kind, String)] = []
        if close < Self.earliest { found.append((.unsetClock, "the clock says \(times.close.iso8601)")) }
        guard let before else { return found }
        // Within a boot the boot clock says how long it was; between two, only a year or going back a day is strange.
        let drift =
            before.boot == boot
            ? (close - before.close) - (times.monotonic - before.monotonic) : close - before.close
        let isJump = before.boot == boot ? abs(drift) >= Self.day : drift >= Self.year || drift <= -Self.day
        if isJump {
            let days = drift / Self.day
            found.append((.clockJump, "the clock jumps by \(days) days, to \(times.close.iso8601)"))
        }
        return found
    }
}
