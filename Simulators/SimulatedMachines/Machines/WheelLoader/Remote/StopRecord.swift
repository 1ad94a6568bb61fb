import SimulatorKit

/// What made outputs neutral that were not.
package enum StopCause: String, Sendable {
    /// A drive, or an arming that was refused.
    case command
    case safe, watchdog, local, emergency
}

/// How the machine came to rest, the newest times.
package struct StopRecord: Sendable {
    package struct Entry: Sendable, Equatable {
        package let cause: StopCause
        /// Nanoseconds of CLOCK_BOOTTIME, as the three that follow; nil for what has not been.
        package let at: Int64
        package let lastDrive: Int64?
        package let lastMoving: Int64?
        package fileprivate(set) var standstill: Int64?
        /// km/h when the outputs became neutral.
        package let speed: Double
        /// Driven from then to standstill.
        package fileprivate(set) var metres = 0.0
    }

    /// Entries kept.
    package static let limit = 1_000

    /// Oldest first.
    package private(set) var entries: [Entry] = []
    /// Metres of the last stop that began while the machine moved.
    package private(set) var distance = 0.0

    /// The way when the last stop began; nil once it has ended in standstill or in a new drive.
    private var start: Double?

    mutating func begin(_ cause: StopCause, _ motion: Motion, at moment: Moment, lastDrive: Int64?, lastMoving: Int64?)
    {
        if entries.count == Self.limit { entries.removeFirst() }
        let standstill = motion.isStandstill ? moment.boottime : nil
        entries.append(
            Entry(
                cause: cause, at: moment.boottime, lastDrive: lastDrive, lastMoving: lastMoving,
                standstill: standstill, speed: motion.speed))
        start = motion.isStandstill ? nil : motion.metres
        if !motion.isStandstill { distance = 0 }
    }

    mutating func follow(_ motion: Motion, at moment: Moment) {
        guard let start, !entries.isEmpty else { return }
        distance = motion.metres - start
        entries[entries.count - 1].metres = distance
        guard motion.isStandstill else { return }
        entries[entries.count - 1].standstill = moment.boottime
        self.start = nil
    }

    /// Somebody drives on before the machine stood.
    mutating func interrupt() { start = nil }

    var json: JSON {
        .members(["ok": .bool(true), "stops": .array(entries.map(\.json))])
    }
}

extension StopRecord.Entry {
    fileprivate var json: JSON {
        .members([
            "cause": .string(cause.rawValue), "t_ns": .integer(at), "last_drive_ns": Self.time(lastDrive),
            "last_moving_ns": Self.time(lastMoving), "speed_kmh": .number(speed.rounded(2)),
            "standstill_ns": Self.time(standstill), "metres": .number(metres.rounded(3)),
        ])
    }

    private static func time(_ nanoseconds: Int64?) -> JSON { nanoseconds.map(JSON.integer) ?? .null }
}
