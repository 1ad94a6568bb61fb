/// What the journal knows of a command's id.
public enum Admission: Hashable, Sendable {
    /// Never seen; it is stored now, and may be acted upon.
    case new
    /// Seen before; this is what was answered.
    case known(CommandResult)
    /// It cannot be stored, so it must not be acted upon.
    case unavailable(String)
}

/// Remembers commands by device and id, so that none is ever written twice.
///
/// The newest 10,000 are kept, for 24 hours at most.
public protocol CommandJournal: AnyObject, Sendable {
    /// Looks the command up, and stores it durably when it is new: with `verdict` when it is refused at once, else as
    /// open. `then` is called on the journal's thread, after the commit.
    func admit(
        id: String, device: String, at time: Timestamp, verdict: CommandResult?,
        then: @escaping @Sendable (Admission) -> Void)

    /// Stores how far the command has come. `then` is called after the commit, with `new` or `unavailable`.
    func record(_ result: CommandResult, then: @escaping @Sendable (Admission) -> Void)

    /// Commands that a former life of the gateway left open: their fate is unknown, and from now on stored as such.
    func orphans() throws(SpoolFault) -> [CommandResult]
}
