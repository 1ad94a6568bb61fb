/// A connection as the kernel's connection tracking shows it, at one moment or in one event.
public struct Flow: Hashable, Sendable {
    /// One direction's addresses and ports.
    public struct Tuple: Hashable, Sendable {
        public var transport: UInt8
        public var source: Address
        public var destination: Address
        /// 0 where the protocol has none.
        public var sourcePort: UInt16
        public var destinationPort: UInt16

        public init(
            transport: UInt8, source: [UInt8], destination: [UInt8], sourcePort: UInt16, destinationPort: UInt16
        ) {
            self.init(
                transport: transport, source: Address(source), destination: Address(destination),
                sourcePort: sourcePort, destinationPort: destinationPort)
        }

        public init(
            transport: UInt8, source: Address, destination: Address, sourcePort: UInt16, destinationPort: UInt16
        ) {
            self.transport = transport
            self.source = source
            self.destination = destination
            self.sourcePort = sourcePort
            self.destinationPort = destinationPort
        }
    }

    public struct Count: Hashable, Sendable {
        public var bytes: UInt64
        public var packets: UInt64

        public init(bytes: UInt64 = 0, packets: UInt64 = 0) {
            self.bytes = bytes
            self.packets = packets
        }
    }

    public var id: UInt32
    /// Nanoseconds of UTC; 0 where the kernel does not stamp.
    public var start: UInt64
    /// Of events that end it.
    public var stop: UInt64?
    public var mark: UInt32
    /// As its first packet had it, before any translation.
    public var original: Tuple
    /// Of the answers: where addresses were translated, the translated ones are here.
    public var reply: Tuple
    /// Towards `original.destination`, and back.
    public var sent: Count
    public var received: Count

    public init(
        id: UInt32, start: UInt64, stop: UInt64? = nil, mark: UInt32, original: Tuple, reply: Tuple, sent: Count,
        received: Count
    ) {
        self.id = id
        self.start = start
        self.stop = stop
        self.mark = mark
        self.original = original
        self.reply = reply
        self.sent = sent
        self.received = received
    }
}

/// What connection tracking tells by itself.
public enum FlowEvent: Hashable, Sendable {
    /// With counts of its first packet or none. A connection that is over before anybody asks is told of by its end alone.
    case began(Flow)
    case ended(Flow)
    /// Events were lost on the way: how the reader knows, for a person.
    case lost(String)
}

/// One HTB class of a path's device, from its statistics. Bytes are of the link layer: see `LinkLayer`.
public struct ClassReading: Hashable, Sendable {
    public var trafficClass: UInt16
    public var bytes: UInt64
    public var packets: UInt64
    /// Waiting in its queue, and thrown away by it.
    public var backlog: UInt64
    public var drops: UInt64

    public init(trafficClass: UInt16, bytes: UInt64, packets: UInt64, backlog: UInt64, drops: UInt64) {
        self.trafficClass = trafficClass
        self.bytes = bytes
        self.packets = packets
        self.backlog = backlog
        self.drops = drops
    }
}

/// Both ways of one place.
public struct TrafficCount: Hashable, Sendable {
    public var sent: Flow.Count
    public var received: Flow.Count

    public init(sent: Flow.Count = Flow.Count(), received: Flow.Count = Flow.Count()) {
        self.sent = sent
        self.received = received
    }
}

/// What passes and is in no connection's counters, by what it is.
public enum StrayTraffic: String, Hashable, Sendable, CaseIterable {
    /// ICMP's word on another packet (RFC 792, RFC 4443): connection tracking counts it nowhere.
    case icmpErrors = "icmp_errors"
    /// Packets that fit no connection.
    case invalid
    /// Exempt from connection tracking.
    case untracked
    /// First packets that nobody took: no route, its hops used up, a firewall's rule.
    case refused
    /// A beginning (SYN) sent again after its answer was lost.
    case beginningsAgain = "syn_again"
    /// The IP headers of all fragments but the first: connection tracking sees the whole packet.
    case fragments
    case arp
    case notIP = "no_ip"

    /// It is no IP: neither billed nor among what is unattributed.
    public var isBesideIP: Bool { self == .arp || self == .notIP }
}

/// A path's interface and its classes, read as closely together as can be.
public struct PathReading: Hashable, Sendable {
    public var path: String
    public var at: Instant
    /// Sent and received by the interface, with the link layer's headers.
    public var sent: Flow.Count
    public var received: Flow.Count
    /// Bytes of header that each packet has on this link: 14 on Ethernet, 0 on raw IP.
    public var header: UInt64
    /// What is no IP: ARP and the like, with headers.
    public var otherSent: Flow.Count
    public var otherReceived: Flow.Count
    /// False while nobody tells what is no IP and what is in no connection: the numbers are then not known.
    public var isNamed = true
    /// Bytes without the link's header, since counting began or began anew.
    public var strays: [StrayTraffic: TrafficCount] = [:]
    /// All connections that probe the path together, likewise; nil where nobody counts them.
    public var probes: TrafficCount?
    /// Empty where the path has no shaper.
    public var classes: [ClassReading]
    /// How long the reading took, so how far its parts may be apart.
    public var span: Duration

    public init(
        path: String, at: Instant, sent: Flow.Count, received: Flow.Count, header: UInt64,
        otherSent: Flow.Count = Flow.Count(), otherReceived: Flow.Count = Flow.Count(), classes: [ClassReading],
        span: Duration
    ) {
        self.path = path
        self.at = at
        self.sent = sent
        self.received = received
        self.header = header
        self.otherSent = otherSent
        self.otherReceived = otherReceived
        self.classes = classes
        self.span = span
    }
}

/// A socket of this process, by TCP_INFO: what segmentation offload hides from connection tracking.
public struct SocketReading: Hashable, Sendable {
    public var tuple: Flow.Tuple
    /// tcpi_segs_out and tcpi_segs_in.
    public var segmentsOut: UInt64
    public var segmentsIn: UInt64
    /// tcpi_bytes_sent, retransmissions included, and tcpi_bytes_received.
    public var bytesOut: UInt64
    public var bytesIn: UInt64
    /// Bytes of TCP options in each segment: 12 with time stamps (TCPI_OPT_TIMESTAMPS), 0 without.
    public var optionBytes: UInt64

    public init(
        tuple: Flow.Tuple, segmentsOut: UInt64, segmentsIn: UInt64, bytesOut: UInt64, bytesIn: UInt64,
        optionBytes: UInt64 = 12
    ) {
        self.tuple = tuple
        self.optionBytes = optionBytes
        self.segmentsOut = segmentsOut
        self.segmentsIn = segmentsIn
        self.bytesOut = bytesOut
        self.bytesIn = bytesIn
    }
}
