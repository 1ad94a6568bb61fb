import FieldModel

/// A connection as connection tracking writes it (linux/netfilter/nfnetlink_conntrack.h). Ten thousand are read at every
/// look, so they are read in one pass, and what is not needed is passed over.
extension Flow {
    /// nlmsghdr and nfgenmsg.
    private static let headerBytes = 20

    /// The types of attributes that are read.
    private enum Attribute {
        static let original = 1
        static let reply = 2
        static let mark = 8
        static let sent = 9
        static let received = 10
        static let id = 12
        static let times = 20
    }

    /// From one whole message, its header included; nil when it tells of no connection.
    init?(message: UnsafeRawBufferPointer) {
        guard message.count > Self.headerBytes else { return nil }
        let none = Tuple(transport: 0, source: [], destination: [], sourcePort: 0, destinationPort: 0)
        var flow = Flow(id: 0, start: 0, mark: 0, original: none, reply: none, sent: Count(), received: Count())
        for (type, content) in NetlinkAttributes(UnsafeRawBufferPointer(rebasing: message[Self.headerBytes...])) {
            switch type {
            case Attribute.original: flow.original = Tuple(attributes: content)
            case Attribute.reply: flow.reply = Tuple(attributes: content)
            case Attribute.mark: flow.mark = content.number(UInt32.self)
            case Attribute.sent: flow.sent = Count(attributes: content)
            case Attribute.received: flow.received = Count(attributes: content)
            case Attribute.id: flow.id = content.number(UInt32.self)
            case Attribute.times: flow.stamp(content)
            default: break
            }
        }
        guard !flow.original.source.isEmpty else { return nil }
        self = flow
    }

    /// CTA_TIMESTAMP_START (1) and _STOP (2).
    private mutating func stamp(_ attributes: UnsafeRawBufferPointer) {
        for (type, content) in NetlinkAttributes(attributes) {
            switch type {
            case 1: start = content.number(UInt64.self)
            case 2: stop = content.number(UInt64.self)
            default: break
            }
        }
    }
}

extension Flow.Count {
    /// CTA_COUNTERS_PACKETS (1) and _BYTES (2).
    fileprivate init(attributes: UnsafeRawBufferPointer) {
        self.init()
        for (type, content) in NetlinkAttributes(attributes) {
            switch type {
            case 1: packets = content.number(UInt64.self)
            case 2: bytes = content.number(UInt64.self)
            default: break
            }
        }
    }
}

extension Flow.Tuple {
    /// Whether the protocol has ports: TCP, UDP, DCCP, SCTP, UDP-Lite.
    static func hasPorts(_ transport: UInt8) -> Bool {
        switch transport {
        case 6, 17, 33, 132, 136: true
        default: false
        }
    }

    /// CTA_TUPLE_IP (1) and CTA_TUPLE_PROTO (2).
    fileprivate init(attributes: UnsafeRawBufferPointer) {
        self.init(transport: 0, source: [], destination: [], sourcePort: 0, destinationPort: 0)
        for (type, content) in NetlinkAttributes(attributes) {
            switch type {
            case 1: takeAddresses(content)
            case 2: takeTransport(content)
            default: break
            }
        }
        if !Self.hasPorts(transport) { (sourcePort, destinationPort) = (0, 0) }
    }

    /// CTA_IP_V4_SRC (1), _V4_DST (2), _V6_SRC (3), _V6_DST (4).
    private mutating func takeAddresses(_ attributes: UnsafeRawBufferPointer) {
        for (type, content) in NetlinkAttributes(attributes) {
            switch type {
            case 1 where content.count >= 4: source = .init(v4: content)
            case 2 where content.count >= 4: destination = .init(v4: content)
            case 3 where content.count >= 16: source = .init(v6: content)
            case 4 where content.count >= 16: destination = .init(v6: content)
            default: break
            }
        }
    }

    /// CTA_PROTO_NUM (1), _SRC_PORT (2), _DST_PORT (3).
    private mutating func takeTransport(_ attributes: UnsafeRawBufferPointer) {
        for (type, content) in NetlinkAttributes(attributes) {
            switch type {
            case 1: transport = content.number(UInt8.self)
            case 2: sourcePort = content.number(UInt16.self)
            case 3: destinationPort = content.number(UInt16.self)
            default: break
            }
        }
    }
}

extension Flow.Address {
    fileprivate init(v4 bytes: UnsafeRawBufferPointer) {
        self.init(high: UInt64(bytes.number(UInt32.self)) << 32, low: 0, count: 4)
    }

    fileprivate init(v6 bytes: UnsafeRawBufferPointer) {
        self.init(high: bytes.number(UInt64.self), low: bytes.number(UInt64.self, at: 8), count: 16)
    }
}
