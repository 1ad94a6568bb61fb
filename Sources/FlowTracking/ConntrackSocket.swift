import CSystem
import FieldModel
import Platform

/// The kernel's connection tracking of this network namespace, over netlink. One thread.
///
/// The event socket may be one of an earlier process: it hears on while nobody reads it.
package final class ConntrackSocket: FlowSource {
    package let descriptor: Int32
    /// False when the socket was handed on by an earlier process.
    package let isNew: Bool
    private let room: UnsafeMutableRawBufferPointer
    private lazy var lookup = ConntrackLookup()
    /// The kernel told of an overrun where it could not be passed on.
    private var hasOverrun = false

    /// Room for what waits, in the kernel's reckoning: about 10,000 events.
    private static let eventRoom: Int32 = 16 << 20
    /// NFNL_SUBSYS_CTNETLINK and IPCTNL_MSG_CT_DELETE.
    private static let subsystem: UInt16 = 1
    private static let deleted: UInt16 = 2
    private static let newGroup: Int32 = 1
    private static let destroyGroup: Int32 = 3
    /// A netlink dump comes in datagrams of 32 KiB at most.
    private static let datagramLimit = 65_536

    /// Takes over the descriptor, or opens a socket of its own and joins the groups of new and ended connections.
    package init(inherited: Int32? = nil) throws(NetworkFault) {
        isNew = inherited == nil
        descriptor = if let inherited { inherited } else { try Self.subscribed() }
        _ = fg_set_nonblocking(descriptor)
        room = .allocate(byteCount: Self.datagramLimit, alignment: 16)
    }

    deinit {
        close(descriptor)
        room.deallocate()
    }

    package func setReliable(_ isReliable: Bool) { _ = fg_netlink_reliable(descriptor, isReliable ? 1 : 0) }

    package func peek() throws(NetworkFault) -> FlowMessage {
        if hasOverrun {
            hasOverrun = false
            return .overrun
        }
        let count = fg_netlink_receive(descriptor, room.baseAddress, room.count, 1)
        switch Int32(clamping: count) {
        case -EAGAIN, -EINTR: return .nothing
        case -ENOBUFS: return .overrun
        // Somebody else than the kernel may send to the socket: passed over.
        case -EPROTO: return .events([])
        case ..<0: throw .refused("events of connection tracking: \(SystemError(code: -Int32(count)))")
        default: break
        }
        var events: [FlowEvent] = []
        messages(Int(count)) { flow, ended in
            if ended { return events.append(.ended(flow)) }
            if let known = stamped(flow) { events.append(.began(known)) }
        }
        return .events(events)
    }

    package func consume() {
        var byte: UInt8 = 0
        // An overrun since the look is told instead of the message, which would then be seen twice.
        while fg_netlink_receive(descriptor, &byte, 1, 0) == -Int64(ENOBUFS) { hasOverrun = true }
    }

    /// The kernel does not say when a connection began before it ends, unless it is asked; without that nobody could tell it
    /// from the next one of the same addresses. Nil when it is gone: its end, which follows, has everything.
    private func stamped(_ flow: Flow) -> Flow? {
        guard flow.start == 0 else { return flow }
        guard let live = lookup?.find(flow), live.id == flow.id else { return nil }
        var known = flow
        known.start = live.start
        return known
    }

    package func flows(_ each: (Flow) -> Void) throws(NetworkFault) {
        let socket = fg_netlink_open(NETLINK_NETFILTER)
        guard socket >= 0 else { throw .refused(Self.words(socket)) }
        defer { close(socket) }
        _ = fg_receive_room(socket, 4 << 20)
        // nfgenmsg with family 0: IPv4 and IPv6.
        var request = FlowRequest(type: 1 << 8 | 1)
        let sent = withUnsafeBytes(of: &request) { fg_netlink_send(socket, $0.baseAddress, $0.count) }
        guard sent > 0 else { throw .refused(Self.words(Int32(sent))) }
        let deadline = fg_boottime_ns() + Self.patience.wholeNanoseconds
        while true {
            let count = fg_netlink_receive(socket, room.baseAddress, room.count, 0)
            if count == -Int64(EAGAIN) || count == -Int64(EINTR) || count == -Int64(EPROTO) {
                try Self.wait(socket, until: deadline)
                continue
            }
            guard count >= 0 else { throw .refused(Self.words(Int32(count))) }
            if let status = messages(Int(count), { flow, _ in each(flow) }) {
                guard status == 0 else { throw .refused(Self.words(status)) }
                return
            }
        }
    }

    private static let patience = Duration.seconds(2)

    private static func wait(_ socket: Int32, until deadline: Int64) throws(NetworkFault) {
        var watch = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
        let left = deadline - fg_boottime_ns()
        guard left > 0, poll(&watch, 1, Int32(clamping: left / 1_000_000 + 1)) > 0 else {
            throw .unreachable("the kernel does not end its list of connections within \(patience)")
        }
    }

    /// Reads the messages of the datagram in `room`; the status of the one that ends a list, if it is here.
    @discardableResult
    private func messages(_ count: Int, _ each: (Flow, Bool) -> Void) -> Int32? {
        var offset = 0
        let end = min(count, room.count)
        while offset + MemoryLayout<nlmsghdr>.size <= end {
            let start = UnsafeRawPointer(room.baseAddress! + offset)
            let header = start.load(as: nlmsghdr.self)
            guard header.nlmsg_len >= 16, offset + Int(header.nlmsg_len) <= end else { return nil }
            switch Int32(header.nlmsg_type) {
            case NLMSG_DONE: return 0
            case NLMSG_ERROR: return header.nlmsg_len >= 20 ? start.load(fromByteOffset: 16, as: Int32.self) : -EINVAL
            default:
                let message = UnsafeRawBufferPointer(start: start, count: Int(header.nlmsg_len))
                let isOurs = header.nlmsg_type >> 8 == Self.subsystem
                if isOurs, let flow = Flow(message: message) { each(flow, header.nlmsg_type & 0xFF == Self.deleted) }
            }
            offset += (Int(header.nlmsg_len) + 3) & ~3
        }
        return nil
    }

    private static func subscribed() throws(NetworkFault) -> Int32 {
        let socket = fg_netlink_open(NETLINK_NETFILTER)
        guard socket >= 0 else { throw .refused(words(socket)) }
        _ = fg_receive_room(socket, eventRoom)
        for group in [newGroup, destroyGroup] {
            let status = fg_netlink_join(socket, group)
            guard status == 0 else {
                close(socket)
                throw .refused(words(status))
            }
        }
        return socket
    }

    private static func words(_ status: Int32) -> String {
        let error = SystemError(code: -status)
        return switch -status {
        case EPERM, EACCES: "connection tracking may not be heard: \(error); fieldgate-netd needs CAP_NET_ADMIN"
        case EPROTONOSUPPORT, ENOENT, EINVAL, EOPNOTSUPP:
            "this kernel does not tell of connections: \(error); modprobe nf_conntrack_netlink, or a kernel with"
                + " CONFIG_NF_CT_NETLINK"
        default: "connection tracking: \(error)"
        }
    }
}

/// nlmsghdr and nfgenmsg of a request for a list.
private struct FlowRequest {
    var length: UInt32 = 20
    var type: UInt16
    var flags = UInt16(NLM_F_REQUEST | 0x300 /* NLM_F_DUMP */)
    var sequence: UInt32 = 1
    var port: UInt32 = 0
    var family: UInt8 = 0
    var version: UInt8 = 0
    var resource: UInt16 = 0

    init(type: UInt16) { self.type = type }
}
