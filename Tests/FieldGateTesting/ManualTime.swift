import FieldModel
import Synchronization

/// Clocks that stand still until a test moves them.
public final class ManualTime: TimeSource {
    private struct Hands {
        var instant: Instant
        var utc: Timestamp
        var quality: Timestamp.ClockQuality
    }

    private let hands: Mutex<Hands>

    /// By default it is 2026-11-20T08:00:00Z, an hour after boot.
    public init(
        instant: Instant = Instant(nanoseconds: 3_600_000_000_000),
        utc: Timestamp = Timestamp(microseconds: 1_795_161_600_000_000), quality: Timestamp.ClockQuality = .synced
    ) {
        hands = Mutex(Hands(instant: instant, utc: utc, quality: quality))
    }

    public func now() -> Instant { hands.withLock { $0.instant } }
    public func utc() -> Timestamp { hands.withLock { $0.utc } }
    public func clockQuality() -> Timestamp.ClockQuality { hands.withLock { $0.quality } }

    /// Time passes on both clocks.
    public func advance(by duration: Duration) {
        hands.withLock { hands in
            hands.instant = hands.instant + duration
            hands.utc.microseconds += duration.wholeNanoseconds / 1000
        }
    }

    /// Time passes until `instant`; nothing happens when that is over already.
    public func advance(to instant: Instant) {
        advance(by: max(.zero, now().duration(to: instant)))
    }

    /// Somebody sets the wall clock.
    public func set(utc: Timestamp) {
        hands.withLock { $0.utc = utc }
    }

    public func set(_ quality: Timestamp.ClockQuality) {
        hands.withLock { $0.quality = quality }
    }
}
