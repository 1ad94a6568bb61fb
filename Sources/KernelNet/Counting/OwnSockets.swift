import CSystem
import FieldModel
import Platform

/// What the kernel knows of TCP connections that this process may look at (tcp(7), TCP_INFO).
///
/// Segments count what segmentation offload hides from connection tracking, retransmissions included.
public enum OwnSockets {
    /// A connection by its descriptor; nil when it is none of TCP's, or has no peer.
    public static func reading(of descriptor: Int32) -> SocketReading? {
        var counts = fg_tcp_counts()
        var own = sockaddr_storage()
        var peer = sockaddr_storage()
        guard fg_tcp_counts(descriptor, &counts) == 0, fg_socket_names(descriptor, &own, &peer) == 0,
            let source = address(own), let destination = address(peer)
        else { return nil }
        return SocketReading(
            Flow.Tuple(
                transport: 6, source: source.bytes, destination: destination.bytes, sourcePort: source.port,
                destinationPort: destination.port), counts)
    }

    /// Every TCP connection of this process's user in this network namespace (sock_diag(7)), established or closing.
    public static func ofThisUser() throws(NetworkFault) -> [SocketReading] {
        var found: [SocketReading] = []
        do throws(SystemError) {
            let line = try NetlinkLine(NETLINK_SOCK_DIAG)
            for family in [AF_INET, AF_INET6] {
                // inet_diag_req_v2: family, protocol, INET_DIAG_INFO wanted, states but LISTEN, CLOSE and TIME_WAIT.
                let states: UInt32 = 0xFFF & ~(1 << 10 | 1 << 7 | 1 << 6)
                let body =
                    [UInt8(family), 6, 1 << 1, 0] + NetlinkLine.bytes(states) + [UInt8](repeating: 0, count: 48)
                try line.ask(20, isList: true, body) { if let one = reading($0) { found.append(one) } }
            }
        } catch {
            throw .refused("the kernel does not tell of sockets: \(error); CONFIG_INET_DIAG, modprobe tcp_diag")
        }
        return found
    }

    /// inet_diag_msg: ports at 4, addresses at 8 and 24, user at 64; then INET_DIAG_INFO (2).
    private static func reading(_ bytes: UnsafeRawBufferPointer) -> SocketReading? {
        guard bytes.count >= 72, bytes.loadUnaligned(fromByteOffset: 64, as: UInt32.self) == getuid() else {
            return nil
        }
        let length = Int32(bytes[0]) == AF_INET ? 4 : 16
        func port(_ place: Int) -> UInt16 {
            UInt16(bigEndian: bytes.loadUnaligned(fromByteOffset: place, as: UInt16.self))
        }
        let tuple = Flow.Tuple(
            transport: 6, source: plain(Array(bytes[8..<8 + length])),
            destination: plain(Array(bytes[24..<24 + length])), sourcePort: port(4), destinationPort: port(6))
        var counts: fg_tcp_counts?
        NetlinkLine.attributes(bytes, from: 72) { type, content in
            guard type == 2 else { return }
            var read = fg_tcp_counts()
            if fg_tcp_counts_read(content.baseAddress, content.count, &read) == 0 { counts = read }
        }
        return counts.map { SocketReading(tuple, $0) }
    }

    private static func address(_ storage: sockaddr_storage) -> (bytes: [UInt8], port: UInt16)? {
        withUnsafeBytes(of: storage) { bytes in
            let port = UInt16(bigEndian: bytes.loadUnaligned(fromByteOffset: 2, as: UInt16.self))
            switch Int32(storage.ss_family) {
            case AF_INET: return (Array(bytes[4..<8]), port)
            case AF_INET6: return (plain(Array(bytes[8..<24])), port)
            default: return nil
            }
        }
    }

    /// IPv4 that an IPv6 socket speaks (::ffff:a.b.c.d) is IPv4 on the wire and for connection tracking.
    private static func plain(_ address: [UInt8]) -> [UInt8] {
        let front: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF]
        return address.count == 16 && address.starts(with: front) ? Array(address[12...]) : address
    }
}

extension SocketReading {
    fileprivate init(_ tuple: Flow.Tuple, _ counts: fg_tcp_counts) {
        self.init(
            tuple: tuple, segmentsOut: UInt64(counts.segments_out), segmentsIn: UInt64(counts.segments_in),
            bytesOut: counts.bytes_sent, bytesIn: counts.bytes_received)
    }
}
