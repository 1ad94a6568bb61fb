/// What survives of a machine's control sessions.
public struct ControlStanding: Hashable, Sendable {
    /// The newest epoch that may have been granted.
    public var epoch: UInt64
    /// A session was open when this was stored.
    public var isOpen: Bool

    public init(epoch: UInt64 = 0, isOpen: Bool = false) {
        self.epoch = epoch
        self.isOpen = isOpen
    }
}

/// Remembers epochs, and records what happened, in order and for good.
///
/// Nothing here blocks: what is handed over is written by a thread of the log's own.
public protocol ControlLog: AnyObject, Sendable {
    /// How the device was left by whoever ran before.
    func standing(of device: String) -> ControlStanding

    /// Stores durably; `then` is called on the log's thread, with false when the disk refuses.
    func store(_ standing: ControlStanding, of device: String, then: @escaping @Sendable (Bool) -> Void)

    /// Records a fact of the device. It is never refused; what doesn't fit in memory is counted.
    func record(_ fields: [EventBatch.Field], of device: String)

    /// False while the disk takes nothing, or nearly nothing: nobody is armed then.
    var hasRoom: Bool { get }
}
