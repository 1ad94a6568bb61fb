import CSystem
import FieldModel
import Platform

/// Asks connection tracking for one connection by its original addresses.
final class ConntrackLookup {
    private let socket: Int32
    private let room: UnsafeMutableRawBufferPointer
    private var sequence: UInt32 = 0

    init?() {
        socket = fg_netlink_open(NETLINK_NETFILTER)
        room = .allocate(byteCount: 8192, alignment: 16)
        if socket < 0 { return nil }
    }

    deinit {
        if socket >= 0 { close(socket) }
        room.deallocate()
    }

    /// Nil when there is none now. The kernel answers at once: netlink does so inside the question.
    func find(_ flow: Flow) -> Flow? {
        sequence &+= 1
        let request = Self.request(flow.original, sequence)
        guard fg_netlink_send(socket, request, request.count) > 0 else { return nil }
        while true {
            let count = fg_netlink_receive(socket, room.baseAddress, room.count, 0)
            if count == -Int64(ENOBUFS) || count == -Int64(EPROTO) { continue }
            guard count >= 16, let base = room.baseAddress else { return nil }
            let header = UnsafeRawPointer(base).load(as: nlmsghdr.self)
            // An answer to an earlier question that came late.
            guard header.nlmsg_seq == sequence else { continue }
            let length = Int(header.nlmsg_len)
            guard length >= 16, length <= count, Int32(header.nlmsg_type) != NLMSG_ERROR else { return nil }
            return Flow(message: UnsafeRawBufferPointer(start: base, count: length))
        }
    }

    /// nlmsghdr, nfgenmsg, and CTA_TUPLE_ORIG (1) with addresses (1) and protocol (2).
    private static func request(_ tuple: Flow.Tuple, _ sequence: UInt32) -> [UInt8] {
        let isV4 = tuple.source.count == 4
        let addresses =
            attribute(isV4 ? 1 : 3, Array(tuple.source)) + attribute(isV4 ? 2 : 4, Array(tuple.destination))
        var transport = attribute(1, [tuple.transport])
        if Flow.Tuple.hasPorts(tuple.transport) {
            transport += attribute(2, bytes(tuple.sourcePort.bigEndian))
            transport += attribute(3, bytes(tuple.destinationPort.bigEndian))
        }
        let nested: UInt16 = 0x8000
        let content = attribute(1 | nested, attribute(1 | nested, addresses) + attribute(2 | nested, transport))
        let family: [UInt8] = [UInt8(isV4 ? AF_INET : AF_INET6), 0, 0, 0]
        return bytes(UInt32(20 + content.count)) + bytes(UInt16(1 << 8 | 1)) + bytes(UInt16(NLM_F_REQUEST))
            + bytes(sequence) + bytes(UInt32(0)) + family + content
    }

    private static func attribute(_ type: UInt16, _ content: [UInt8]) -> [UInt8] {
        let padding = [UInt8](repeating: 0, count: (4 - content.count % 4) % 4)
        return bytes(UInt16(4 + content.count)) + bytes(type) + content + padding
    }

    private static func bytes<Value: FixedWidthInteger>(_ value: Value) -> [UInt8] {
        withUnsafeBytes(of: value) { Array($0) }
    }
}
