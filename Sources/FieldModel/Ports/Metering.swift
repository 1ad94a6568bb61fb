/// Usage records, sealed in a chain and committed in the order they were appended. Nothing here blocks on the disk.
public protocol UsageLedger: AnyObject, Sendable {
    /// Seals and commits the records together, all or none; `then` is called on the ledger's thread with the number of
    /// the last, or nil when the disk refuses for good.
    func append(_ drafts: [UsageDraft], then: @escaping @Sendable (UInt64?) -> Void)
}

/// The kernel's counters of traffic. Calls block, two seconds at most.
public protocol TrafficCounters: AnyObject {
    /// What the kernel told since the last `release`, at most `limit`, oldest first. Asked again, it gives the same.
    func events(limit: Int) throws(NetworkFault) -> [FlowEvent]
    /// Events handed out up to here are recorded, and may be forgotten.
    func release(_ count: Int)
    /// Every live connection.
    func flows() throws(NetworkFault) -> [Flow]
    func reading(of path: String) throws(NetworkFault) -> PathReading
    /// Why the counters are not exact now, each with its remedy, as known at the last `flows`; empty when they are.
    /// Records that are cut meanwhile are `estimated`.
    var doubts: [String] { get }
}

extension TrafficCounters {
    public var doubts: [String] { [] }
}

/// Connection tracking itself, for the one process that may listen to it.
public protocol FlowSource: AnyObject {
    /// Readable when there is something to peek at.
    var descriptor: Int32 { get }
    /// The oldest message that was not consumed. Asked again, the same.
    func peek() throws(NetworkFault) -> FlowMessage
    /// The message last peeked at is kept elsewhere now, and forgotten here.
    func consume()
    /// Whether an end that finds no room is told again later (its connection stays in the table meanwhile), or lost.
    func setReliable(_ isReliable: Bool)
    /// Every live connection.
    func flows(_ each: (Flow) -> Void) throws(NetworkFault)
}

/// What a look at connection tracking's messages shows.
public enum FlowMessage: Hashable, Sendable {
    case nothing
    /// One message of the kernel; empty when it tells of nothing that is metered.
    case events([FlowEvent])
    /// The kernel found no room for some, since the last look. There is nothing to consume.
    case overrun
}
