import FieldModel

/// Now, on both clocks: the one that never steps, and the wall's.
package struct Moment: Hashable, Sendable {
    package var mono: Instant
    package var utc: Timestamp
    package var clock: Timestamp.ClockQuality

    package init(mono: Instant, utc: Timestamp, clock: Timestamp.ClockQuality) {
        self.mono = mono
        self.utc = utc
        self.clock = clock
    }

    package init(_ time: any TimeSource) {
        self.init(mono: time.now(), utc: time.utc(), clock: time.clockQuality())
    }
}

/// What every moment of this boot was called on the wall, as it is known by now.
///
/// Moments are kept on the boot clock, and named when a record is written: so a part that began in 1970 is stamped with
/// the real date once the clock was set. A clock that was right and jumps is not believed at once.
package struct WallClock: Hashable, Sendable {
    /// The two clocks are read one after the other. Were less than this followed, a part would begin a microsecond before
    /// the last one ended, or before the period that it was cut at.
    private static let noise = 2000
    /// Less is steering, not a step.
    private static let slew = 1_000_000
    /// A clock that was right and says something so different is doubted.
    private static let doubtful = 3_600_000_000
    /// Believed after it stood for so long.
    private static let patience = Duration.seconds(600)

    /// A jump of the wall clock.
    package struct Step: Hashable, Sendable {
        package var microseconds: Int64
        package var isBelieved: Bool
    }

    /// Wall minus boot clock, microseconds.
    private var offset: Int64
    package private(set) var quality: Timestamp.ClockQuality
    private var wasSynced: Bool
    private var doubt: Doubt?

    private struct Doubt: Hashable {
        var offset: Int64
        var since: Instant
    }

    package init(_ now: Moment) {
        offset = Self.offset(now)
        quality = now.clock
        wasSynced = now.clock == .synced
    }

    package func name(_ instant: Instant) -> Timestamp {
        Timestamp(microseconds: instant.nanoseconds / 1000 + offset)
    }

    package func instant(_ name: Timestamp) -> Instant {
        Instant(nanoseconds: (name.microseconds &- offset) &* 1000)
    }

    package mutating func take(_ now: Moment) -> Step? {
        let new = Self.offset(now)
        let step = new - offset
        if abs(step) <= Self.noise { return steer(to: offset, now) }
        if abs(step) <= Self.slew { return steer(to: new, now) }
        if now.clock != .synced, wasSynced { return keep(step, isNew: doubt == nil, new, now) }
        if wasSynced, abs(step) > Self.doubtful {
            if let doubt, abs(new - doubt.offset) <= Self.slew {
                if doubt.since.duration(to: now.mono) >= Self.patience { return believe(step, new, now) }
                quality = .holdover
                return nil
            }
            return keep(step, isNew: true, new, now)
        }
        return believe(step, new, now)
    }

    private mutating func steer(to new: Int64, _ now: Moment) -> Step? {
        offset = new
        doubt = nil
        quality = now.clock
        if now.clock == .synced { wasSynced = true }
        return nil
    }

    private mutating func keep(_ step: Int64, isNew: Bool, _ new: Int64, _ now: Moment) -> Step? {
        quality = .holdover
        guard isNew else { return nil }
        doubt = Doubt(offset: new, since: now.mono)
        return Step(microseconds: step, isBelieved: false)
    }

    private mutating func believe(_ step: Int64, _ new: Int64, _ now: Moment) -> Step {
        _ = steer(to: new, now)
        return Step(microseconds: step, isBelieved: true)
    }

    private static func offset(_ now: Moment) -> Int64 { now.utc.microseconds - now.mono.nanoseconds / 1000 }
}
