import CSystem
import FieldModel

/// The kernel's clocks.
public struct SystemTime: TimeSource {
    /// 2024-01-01: no gateway of this software ran before; a clock that says so has not been set.
    private static let floor = Timestamp(microseconds: 1_704_067_200_000_000)

    private let source: ClockSource

    public init(source: ClockSource) {
        self.source = source
    }

    public func now() -> Instant {
        Instant(nanoseconds: fg_boottime_ns())
    }

    public func utc() -> Timestamp {
        Timestamp(microseconds: fg_utc_us())
    }

    public func clockQuality() -> Timestamp.ClockQuality {
        guard utc() >= Self.floor else { return .unsynced }
        if source == .system || fg_clock_is_synchronised() == 1 {
            Self.wasSynchronised.store(true)
            return .synced
        }
        return Self.wasSynchronised.load() ? .holdover : .unsynced
    }

    private static let wasSynchronised = Flag()
}
