import FieldModel

/// Which class, group and way a connection's traffic goes.
struct Placement: Hashable, Sendable {
    var path: String
    var trafficClass: UInt16
    var ratingGroup: String?
}

/// One direction of one connection.
struct DirectionAccount: Hashable, Sendable {
    /// The most the kernel has shown: its counters of a connection have 64 bits and only grow.
    private var shown: UInt64
    /// Of that, what is believed.
    private(set) var raw: UInt64
    private(set) var packets: UInt64
    /// Added for segmentation offload, taken off for what the shaper dropped.
    private(set) var correction: Int64
    /// What records were written for.
    private(set) var recorded: UInt64
    private(set) var recordedCorrection: Int64
    private var hidden: Int64

    /// Of a connection that nothing is known of: everything the kernel counted is new.
    init() { self.init(raw: 0, packets: 0, correction: 0) }

    /// As records left it: what the kernel had counted then, and what was added.
    init(raw: UInt64, packets: UInt64, correction: Int64) {
        shown = raw
        (self.raw, self.packets, self.correction) = (raw, packets, correction)
        recorded = UInt64(clamping: Int64(clamping: raw) + correction)
        recordedCorrection = correction
        hidden = max(0, correction)
    }

    /// Billable bytes since the connection began.
    var billable: UInt64 { max(recorded, UInt64(clamping: Int64(clamping: raw) + correction)) }
    var pending: UInt64 { billable - recorded }

    /// A smaller number is no new beginning: nothing is counted until the largest is passed.
    mutating func take(_ count: Flow.Count, most: UInt64) -> CounterFault? {
        packets = max(packets, count.packets)
        guard count.bytes >= shown else { return .decreased(by: shown - count.bytes) }
        let growth = count.bytes - shown
        shown = count.bytes
        guard growth <= most else { return .jumped(growth) }
        raw += growth
        return nil
    }

    /// Offload is only ever found more of: a socket is read before the connection, so what it says is no more than true.
    mutating func correct(segments: UInt64, header: Int64) {
        let counted = Flow.Count(bytes: raw, packets: packets)
        let found = SegmentCorrection.bytes(segments: segments, counted: counted, header: header)
        guard found > hidden else { return }
        correction += found - hidden
        hidden = found
    }

    /// Takes off what was not sent, as far as no record speaks of it; gives what was taken.
    mutating func take(off excess: UInt64) -> UInt64 {
        let taken = min(excess, pending)
        correction -= Int64(clamping: taken)
        return taken
    }

    mutating func settle() { recorded = billable }

    mutating func settleCorrection() -> Int64 {
        defer { recordedCorrection = correction }
        return correction - recordedCorrection
    }
}

/// One connection: what was counted of it, and what was written down.
struct ConnectionAccount: Sendable {
    var connection: UsageConnection
    var placement: Placement
    let cameFromOutside: Bool
    var up = DirectionAccount()
    var down = DirectionAccount()
    /// The open part.
    var open: Instant
    var first: Instant?
    var last: Instant?
    var lastRead: Instant
    private var hasBeenRead = false
    /// The newest reading of its socket, where it is one of ours.
    var header: (bytes: Int64, out: UInt64, in: UInt64)?
    var isStarted = false
    /// All probes of a path.
    var isGathered = false
    /// The round it was last seen in.
    var seen: Int
    var notes: [UsageNote] = []
    /// Thrown away by the shaper, of the open part.
    var takenOff: UInt64 = 0
    /// Changed since the totals were last kept.
    var isChanged = true

    init(_ connection: UsageConnection, _ placement: Placement, cameFromOutside: Bool, open: Instant, seen: Int) {
        self.connection = connection
        self.placement = placement
        self.cameFromOutside = cameFromOutside
        self.open = open
        self.seen = seen
        lastRead = open
    }

    var pending: UInt64 { up.pending + down.pending }

    struct Growth {
        var up: Int64
        var down: Int64
        var fault: CounterFault?
    }

    /// A newer reading. What it shows beyond the one before is this connection's growth.
    mutating func take(
        _ flow: Flow, _ socket: SocketReading?, at now: Instant, limit: LinkLimit
    ) -> Growth {
        let before = (up.billable, down.billable)
        let (sent, received) = cameFromOutside ? (flow.received, flow.sent) : (flow.sent, flow.received)
        // What a connection had sent before it was first seen, it sent in no known time.
        let most = hasBeenRead ? limit.most(in: lastRead.duration(to: now)) : .max
        let (upFault, downFault) = (up.take(sent, most: most), down.take(received, most: most))
        hasBeenRead = true
        if let socket {
            header = (SegmentCorrection.header(of: socket), socket.segmentsOut, socket.segmentsIn)
        }
        if let header {
            up.correct(segments: header.out, header: header.bytes)
            down.correct(segments: header.in, header: header.bytes)
        }
        let growth = Growth(
            up: Int64(up.billable) - Int64(before.0), down: Int64(down.billable) - Int64(before.1),
            fault: upFault ?? downFault)
        if growth.up != 0 || growth.down != 0 {
            if first == nil { first = lastRead == open ? open : now }
            last = now
            isChanged = true
        }
        lastRead = now
        return growth
    }
}
