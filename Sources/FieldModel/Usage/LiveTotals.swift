/// How far one connection has come since it began, as it is kept every few seconds outside the chain of records: what a
/// power cut leaves of the part that was open.
public struct LiveTotals: Hashable, Sendable {
    /// Which connection, and the part that was open.
    public var connection: UsageConnection
    public var path: String
    public var trafficClass: UInt16
    public var ratingGroup: String?
    /// Billable bytes of the whole connection, corrections included.
    public var up: UInt64
    public var down: UInt64
    public var upPackets: UInt64
    public var downPackets: UInt64
    /// What of `up` and `down` corrections are.
    public var correctionUp: Int64
    public var correctionDown: Int64
    /// What of `up` and `down` records have been appended for.
    public var recordedUp: UInt64
    public var recordedDown: UInt64
    /// When the open part began, and when this was read.
    public var open: Timestamp
    public var read: Timestamp
    /// The boot clock at `read`, microseconds.
    public var monotonic: Int64

    public init(
        connection: UsageConnection, path: String, trafficClass: UInt16, ratingGroup: String?, up: UInt64, down: UInt64,
        upPackets: UInt64, downPackets: UInt64, correctionUp: Int64, correctionDown: Int64, recordedUp: UInt64,
        recordedDown: UInt64, open: Timestamp, read: Timestamp, monotonic: Int64
    ) {
        self.connection = connection
        self.path = path
        self.trafficClass = trafficClass
        self.ratingGroup = ratingGroup
        self.up = up
        self.down = down
        self.upPackets = upPackets
        self.downPackets = downPackets
        self.correctionUp = correctionUp
        self.correctionDown = correctionDown
        self.recordedUp = recordedUp
        self.recordedDown = recordedDown
        self.open = open
        self.read = read
        self.monotonic = monotonic
    }
}
