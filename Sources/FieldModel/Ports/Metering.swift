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

/// A committed record with its number.
public struct UsageEntry: Hashable, Sendable {
    public var epoch: UInt32
    public var sequence: UInt64
    public var draft: UsageDraft

    public init(epoch: UInt32, sequence: UInt64, draft: UsageDraft) {
        self.epoch = epoch
        self.sequence = sequence
        self.draft = draft
    }
}

/// What the ledger remembers. Calls block on the disk.
public protocol UsageHistory: AnyObject {
    /// Committed records numbered below `sequence`, or up to the newest where it is nil; newest first, at most `limit`.
    func records(before sequence: UInt64?, limit: Int) throws(SpoolFault) -> [UsageEntry]
}

/// Where the totals of live connections are kept outside the chain, for the time after a power cut.
public protocol LiveTotalsStore: AnyObject {
    /// Everything that was stored and not forgotten, of any boot.
    func load() throws(SpoolFault) -> [LiveTotals]
    /// Replaces what is known of these connections. What a crash tears is not read back.
    func store(_ changed: [LiveTotals], forgetting ended: [UsageConnection]) throws(SpoolFault)
}
