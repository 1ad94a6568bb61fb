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
