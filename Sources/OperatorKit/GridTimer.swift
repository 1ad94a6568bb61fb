import CSystem
import FieldModel
import Platform

/// Due at fixed times, however late each of them was served.
final class GridTimer: EventSource {
    let descriptor: Int32
    let interest: EventInterest = .read
    let deadline: Instant? = nil
    private let first: Instant
    private let period: Duration
    private var count: UInt64 = 0
    /// Gets the oldest time that was not served yet, and how many are due.
    private let due: (Instant, Int) -> Void

    init(first: Instant, period: Duration, due: @escaping (Instant, Int) -> Void) throws(SystemError) {
        descriptor = try SystemError.check(fg_grid_timer(first.nanoseconds, period.wholeNanoseconds))
        (self.first, self.period, self.due) = (first, period, due)
    }

    deinit { close(descriptor) }

    func ready(_ events: EventInterest, at now: Instant) {
        var expired: UInt64 = 0
        guard read(descriptor, &expired, 8) == 8, expired > 0 else { return }
        let intended = first + .nanoseconds(period.wholeNanoseconds * Int64(count))
        count += expired
        due(intended, Int(clamping: expired))
    }
}
