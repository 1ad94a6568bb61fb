/// One usage record before it is sealed: a closed, self-contained piece of one connection's traffic, or a fact about the
/// recording itself (`fg.ur/1`; a partial record after 3GPP TS 32.255).
///
/// The ledger adds gateway, epoch, number and hashes when it commits it.
public struct UsageDraft: Hashable, Sendable {
    public var kind: UsageKind
    /// Which connection; nil for what belongs to none.
    public var connection: UsageConnection?
    /// The boot of what belongs to no connection; nil for the one the ledger runs in.
    public var boot: String?
    /// The kernel's connection mark, low 16 bits: the HTB class it was sent by (`UsageClass`).
    public var trafficClass: UInt16?
    /// What the plan rates it by: a name from the site's map of classes.
    public var ratingGroup: String?
    public var subscription = UsageSubscription()
    /// Nil where the record carries no volume: boot, shutdown, gap, checkpoint.
    public var volume: UsageVolume?
    public var units: UsageUnits?
    public var times: UsageTimes
    public var cause: UsageCause?
    public var correction: UsageCorrection?
    /// Of a gap: what is known of the missing time. Of a boot: nonce and the last head of the chain before.
    public var notes: [UsageNote] = []

    public init(_ kind: UsageKind, times: UsageTimes) {
        self.kind = kind
        self.times = times
    }
}

/// A named text of a record, for what only one kind of record has.
public struct UsageNote: Hashable, Sendable {
    public var name: String
    public var value: String

    public init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

public enum UsageKind: String, Sendable, CaseIterable {
    case start, interim, stop, boot, shutdown, gap, adjust, checkpoint, unattributed

    /// Only these are rated.
    public var hasVolume: Bool {
        switch self {
        case .interim, .stop, .adjust, .unattributed: true
        case .start, .boot, .shutdown, .gap, .checkpoint: false
        }
    }
}

/// Why a record was closed.
public enum UsageCause: String, Sendable, CaseIterable {
    case normal, idle, volume, time, period, tariff, abnormal, mgmt
    case ratChange = "rat_change"
    case pduRelease = "pdu_release"
    case wanDown = "wan_down"
    case powerLoss = "power_loss"
}

/// Which of several counters the volume was taken from.
public enum UsageSource: String, Sendable, CaseIterable {
    case connectionTracking = "ct"
    /// Corrected for segmentation offload by the socket's own count of segments.
    case connectionTrackingCorrected = "ct+tcpinfo"
    case shaper = "htb"
    case firewall = "nft"
    case interface = "iface"
    case modem, app
}

/// A connection as the kernel knows it. Ids are used again, and so are start times of different boots: only all of it
/// together, with `part`, names a record for ever.
public struct UsageConnection: Hashable, Sendable {
    /// /proc/sys/kernel/random/boot_id.
    public var boot: String
    /// Nanoseconds of UTC when the kernel first saw it (CTA_TIMESTAMP_START).
    public var start: UInt64
    /// CTA_ID.
    public var id: UInt32
    /// 16 bytes in hexadecimal digits: a keyed hash of the tuple.
    public var tuple: String
    /// From 1; the next begins where a record was cut.
    public var part: UInt32
    /// IP protocol number.
    public var transport: UInt8
    /// The rule its destination fell under, and the application it served, where known.
    public var destination: String?
    public var application: String?

    public init(
        boot: String, start: UInt64, id: UInt32, tuple: String, part: UInt32, transport: UInt8,
        destination: String? = nil, application: String? = nil
    ) {
        self.boot = boot
        self.start = start
        self.id = id
        self.tuple = tuple
        self.part = part
        self.transport = transport
        self.destination = destination
        self.application = application
    }
}

/// Whose subscription carried it, and where. Texts as the modem gives them; nil where it does not say.
public struct UsageSubscription: Hashable, Sendable {
    /// The path of the site file.
    public var path: String?
    public var iccid: String?
    public var imei: String?
    /// Country and network code, five or six digits.
    public var plmn: String?
    public var trackingArea: String?
    public var cell: String?
    public var rat: String?
    public var slice: String?
    public var dataNetwork: String?
    /// Counts the data sessions that were set up.
    public var session: UInt32?

    public init() {}
}

/// Bytes of the IP layer. `delta` is what is billed, corrections included; cumulative figures run on over the parts of a
/// connection, or over (boot, class) of what no connection explains.
public struct UsageVolume: Hashable, Sendable {
    public var up: UInt64 = 0
    public var down: UInt64 = 0
    /// Signed only in adjustments.
    public var deltaUp: Int64 = 0
    public var deltaDown: Int64 = 0
    public var upPackets: UInt64 = 0
    public var downPackets: UInt64 = 0
    /// What was added to the first counter for segmentation offload and fragments; part of `deltaUp`.
    public var correctionUp: Int64 = 0
    public var source: UsageSource
    /// Counted without the kernel's rights.
    public var isEstimated = false

    public init(source: UsageSource) { self.source = source }
}

/// Messages, where a plan counts them.
public struct UsageUnits: Hashable, Sendable {
    /// Acknowledged publishes, each once.
    public var messages: UInt64
    public var messageBytes: UInt64
    /// Sent again, and not billed.
    public var retries: UInt64

    public init(messages: UInt64, messageBytes: UInt64, retries: UInt64) {
        self.messages = messages
        self.messageBytes = messageBytes
        self.retries = retries
    }
}

public struct UsageTimes: Hashable, Sendable {
    /// The record's span: what it counts lies in [open, close).
    public var open: Timestamp
    public var close: Timestamp
    /// First and last traffic seen in it.
    public var first: Timestamp?
    public var last: Timestamp?
    /// The boot clock at `close`, microseconds.
    public var monotonic: Int64
    public var clock: Timestamp.ClockQuality

    public init(
        open: Timestamp, close: Timestamp, first: Timestamp? = nil, last: Timestamp? = nil, monotonic: Int64,
        clock: Timestamp.ClockQuality
    ) {
        self.open = open
        self.close = close
        self.first = first
        self.last = last
        self.monotonic = monotonic
        self.clock = clock
    }
}

/// What an adjustment corrects.
public struct UsageCorrection: Hashable, Sendable {
    public var epoch: UInt32
    public var sequence: UInt64
    public var reason: String
    /// The same on every try, so that one correction counts once.
    public var id: String
    /// Messages to be added, or with a minus taken back: `UsageUnits` counts what there was, and has no sign.
    public var messages: Int64

    public init(epoch: UInt32, sequence: UInt64, reason: String, id: String, messages: Int64 = 0) {
        self.epoch = epoch
        self.sequence = sequence
        self.reason = reason
        self.id = id
        self.messages = messages
    }
}
