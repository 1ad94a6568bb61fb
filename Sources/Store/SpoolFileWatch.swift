import FieldModel
import Platform

/// Sees when the spool's file is not where it was opened any more: SQLite writes on into a file without a name, and all of
/// it goes with the process.
///
/// `@unchecked Sendable`: used on the spool's thread only.
final class SpoolFileWatch: @unchecked Sendable {
    private static let every = Duration.seconds(10)

    private let path: String
    private let opened: FileIdentity?
    private var next = Instant(nanoseconds: 0)
    private var isTold = false

    init(_ path: String) {
        self.path = path
        opened = FileIdentity(path)
    }

    /// What to say; once.
    func look(at now: Instant) -> String? {
        guard !isTold, now >= next else { return nil }
        next = now + Self.every
        guard let opened, FileIdentity(path) != opened else { return nil }
        isTold = true
        return
            "\(path) was deleted or replaced while it was in use: what is recorded from now on is sent, and lost with this "
            + "process; find out who did it, put a copy back if there is one, and restart fieldgate: a new epoch begins"
    }
}
