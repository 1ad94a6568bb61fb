import FieldModel
import UsageWire

/// Where drafts become records: the chain as it is committed, and as the transaction under way would leave it.
///
/// `@unchecked Sendable`: used on the spool's thread only.
final class UsagePress: @unchecked Sendable {
    private(set) var committed: UsageSealer
    private var working: UsageSealer

    init(_ sealer: UsageSealer) {
        committed = sealer
        working = sealer
    }

    /// The bytes of the rows from number `first` on. When the transaction before failed, it begins again where the last
    /// good one ended.
    func make(first: UInt64, _ seal: (inout UsageSealer) -> [UsageRecord]) -> [[UInt8]] {
        if working.head.sequence + 1 != first { working = committed }
        precondition(working.head.sequence + 1 == first, "somebody else wrote usage records")
        return seal(&working).map(\.bytes)
    }

    /// What was made is on the disk.
    func settle() { committed = working }
}
