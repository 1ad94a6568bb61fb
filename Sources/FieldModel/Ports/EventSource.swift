/// What an event loop watches a descriptor for.
public struct EventInterest: OptionSet, Hashable, Sendable {
    public let rawValue: UInt8

    public init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    public static let read = EventInterest(rawValue: 1)
    public static let write = EventInterest(rawValue: 2)
}

/// Something that lives on an event loop: a descriptor, a deadline, or both. Called on the loop's thread only.
public protocol EventSource: AnyObject {
    /// The descriptor to watch, -1 for none. It may change between turns.
    var descriptor: Int32 { get }
    var interest: EventInterest { get }
    /// When to call `ready` even if nothing happened.
    var deadline: Instant? { get }

    /// The descriptor is ready, or the deadline has come (`events` is then empty).
    func ready(_ events: EventInterest, at now: Instant)
}
