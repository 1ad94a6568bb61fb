/// How the spool keeps its rows.
public struct SpoolSettings: Hashable, Sendable {
    /// The folder; it holds `spool.db`, `commands.db`, `epoch`, `lock` and the files of the usage ledger.
    public var directory: String
    /// A row waits at most this long for its commit. Shorter loses less in a power cut, and wears the flash more.
    public var commitInterval: Duration
    /// A commit is made at once when this many rows wait.
    public var groupRows: Int
    /// Telemetry beyond either is dropped, oldest first.
    public var telemetryBytes: Int
    public var telemetryAge: Duration
    /// Rows kept in memory while they wait for the disk, and for their acknowledgement.
    public var memoryBytes: Int
    /// Usage records stay so long. Beyond the bytes those go earlier that a receiver has acknowledged, and no others.
    public var usageAge: Duration = .seconds(400 * 86_400)
    public var usageBytes: Int = 256 << 20

    public init(
        directory: String, commitInterval: Duration = .seconds(1), groupRows: Int = 1000,
        telemetryBytes: Int = 256 << 20, telemetryAge: Duration = .seconds(30 * 86_400), memoryBytes: Int = 2 << 20
    ) {
        self.directory = directory
        self.commitInterval = commitInterval
        self.groupRows = groupRows
        self.telemetryBytes = telemetryBytes
        self.telemetryAge = telemetryAge
        self.memoryBytes = memoryBytes
    }

    /// Reports of the paths beyond this are dropped, oldest first.
    public var linkBytes: Int { max(64 << 10, telemetryBytes / 16) }
}
