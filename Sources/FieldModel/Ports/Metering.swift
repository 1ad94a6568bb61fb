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
