/// How far one connection has come since it began, as it is kept every few seconds outside the chain of records: what a
/// power cut leaves of the part that was open. Everything else about it is in its newest record.
public struct LiveTotals: Hashable, Sendable {
    /// Which connection, and the part that was open. Destination, application and transport need not be kept.
    public var connection: UsageConnection
    /// Billable bytes of the whole connection, corrections included.
    public var up: UInt64
    public var down: UInt64
    /// When this was read.
    public var read: Timestamp

    public init(connection: UsageConnection, up: UInt64, down: UInt64, read: Timestamp) {
        self.connection = connection
        self.up = up
        self.down = down
        self.read = read
    }
}
