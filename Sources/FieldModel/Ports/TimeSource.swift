/// The clocks, passed in so that tests hold them.
public protocol TimeSource: Sendable {
    func now() -> Instant
    func utc() -> Timestamp
    func clockQuality() -> Timestamp.ClockQuality
}
