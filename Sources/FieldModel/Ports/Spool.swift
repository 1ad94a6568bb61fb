/// A sequence of rows with its own numbers and its own policy.
public enum Stream: UInt8, Sendable, CaseIterable {
    case telemetry = 0, event = 1, usage = 2, audit = 3
    /// Reports of the paths.
    case link = 4

    public var name: String {
        switch self {
        case .telemetry: "telemetry"
        case .event: "event"
        case .usage: "usage"
        case .audit: "audit"
        case .link: "link"
        }
    }

    /// Only telemetry and reports of the paths may be dropped to make room, oldest first, and every drop is counted.
    public var mayBeDropped: Bool { self == .telemetry || self == .link }

    /// Usage records stay when they are settled: they are the gateway's own ledger, and may be asked for again.
    public var staysWhenSettled: Bool { self == .usage }
}

/// What a row is known by for ever, together with the gateway's name. Consumers deduplicate on it.
public struct RowIdentity: Hashable, Sendable {
    /// Changes only when the store is created anew.
    public var epoch: UInt32
    public var stream: Stream
    /// Gapless from 1 in each epoch and stream, assigned when the row is committed.
    public var sequence: UInt64

    public init(epoch: UInt32, stream: Stream, sequence: UInt64) {
        self.epoch = epoch
        self.stream = stream
        self.sequence = sequence
    }
}

/// A committed row.
public struct SpoolRow: Hashable, Sendable {
    public var identity: RowIdentity
    /// `RowCodec`'s form of the batch.
    public var body: [UInt8]

    public init(identity: RowIdentity, body: [UInt8]) {
        self.identity = identity
        self.body = body
    }
}

/// Why the spool cannot do what was asked.
public enum SpoolFault: Error, Hashable, Sendable {
    /// Another process holds it.
    case locked(String)
    /// The file system refuses: full, read-only, no permission.
    case unavailable(String)
    /// The file is damaged.
    case corrupt(String)

    public var summary: String {
        switch self {
        case .locked(let detail), .unavailable(let detail), .corrupt(let detail): detail
        }
    }
}

/// How one stream stands.
public struct StreamState: Hashable, Sendable {
    public var stream: Stream
    /// The newest committed number; 0 before the first.
    public var last: UInt64
    /// Everything up to here is settled by every consumer.
    public var settled: UInt64
    /// Rows stored and not settled, and their bytes.
    public var rows: Int
    public var bytes: Int
    /// Rows dropped since the epoch began.
    public var dropped: UInt64
    /// When the oldest stored row was appended.
    public var oldest: Timestamp?

    public init(
        stream: Stream, last: UInt64, settled: UInt64, rows: Int, bytes: Int, dropped: UInt64, oldest: Timestamp?
    ) {
        self.stream = stream
        self.last = last
        self.settled = settled
        self.rows = rows
        self.bytes = bytes
        self.dropped = dropped
        self.oldest = oldest
    }
}

/// How the spool stands.
public struct SpoolState: Hashable, Sendable {
    public var epoch: UInt32
    public var streams: [StreamState]
    /// Rows accepted and not yet committed.
    public var pending: Int
    /// Rows the platform refused, kept with their reasons.
    public var deadLetters: Int
    /// What keeps rows from being committed, while something does.
    public var alarm: String?

    public init(epoch: UInt32, streams: [StreamState], pending: Int, deadLetters: Int, alarm: String?) {
        self.epoch = epoch
        self.streams = streams
        self.pending = pending
        self.deadLetters = deadLetters
        self.alarm = alarm
    }
}

/// Store and forward: rows are committed and numbered before anybody may publish them, and kept until settled.
///
/// Nothing here blocks on the disk but `register` and `layout`.
public protocol Spool: AnyObject, Sendable {
    var epoch: UInt32 { get }

    /// The number under which rows name `layout`; the same layout keeps its number for ever.
    func register(_ layout: Layout) throws(SpoolFault) -> UInt32

    /// The layout behind a number, nil when there is none.
    func layout(_ number: UInt32) throws(SpoolFault) -> Layout?

    /// Accepts a row. Rows are numbered in order of acceptance, and committed together: telemetry within the commit
    /// interval, everything else at once unless `mayWait`.
    func append(_ body: [UInt8], to stream: Stream, mayWait: Bool)

    /// Commits at once whatever has been accepted.
    func flush()

    /// Where the consumer left off: the highest number it settled.
    func cursor(of consumer: String, in stream: Stream) -> UInt64

    /// The newest committed number of the stream.
    func last(of stream: Stream) -> UInt64

    /// Committed rows numbered above `sequence`, oldest first, at most `limit`.
    ///
    /// What is no longer in memory is fetched from the disk in the background: the answer is then empty, and the
    /// handler of `onChange` is called when the rows are there.
    func rows(of stream: Stream, after sequence: UInt64, limit: Int) -> [SpoolRow]

    /// The consumer needs nothing up to `sequence` any more. A row goes when every consumer has settled it.
    func settle(_ stream: Stream, through sequence: UInt64, by consumer: String)

    /// The platform refused this row for good: it is kept aside with the reason, and no longer in anybody's way.
    func reject(_ row: SpoolRow, reason: String)

    /// Calls `handler`, on any thread, whenever rows were committed or fetched. One handler for each consumer.
    func onChange(of consumer: String, _ handler: @escaping @Sendable () -> Void)

    var state: SpoolState { get }
}

extension Spool {
    public func append(_ body: [UInt8], to stream: Stream) {
        append(body, to: stream, mayWait: stream.mayBeDropped)
    }
}
