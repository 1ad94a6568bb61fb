import CSystem
import FieldModel
import Platform

/// A UDP socket of the console's, for the direct path. It says nothing by itself.
final class DirectPort: EventSource {
    /// `address:port`, with IPv6 in brackets: what hello tells the gateway.
    let name: String
    let descriptor: Int32
    let interest: EventInterest = .read
    let deadline: Instant? = nil
    private let take: (UnsafeRawBufferPointer, PeerAddress, Instant) -> Void
    private var buffer = [UInt8](repeating: 0, count: 2048)

    init(
        _ address: String, port: UInt16 = 0,
        take: @escaping (UnsafeRawBufferPointer, PeerAddress, Instant) -> Void
    ) throws(ConsoleFault) {
        var local = sockaddr_storage()
        let length = fg_network_address(&local, address, port)
        guard length > 0 else {
            throw ConsoleFault("'\(address)' is no IP address: give one of this host, such as 192.0.2.7")
        }
        let socket = fg_datagram_socket(&local, length)
        guard socket >= 0 else {
            throw ConsoleFault(
                "no UDP socket on \(address)\(port > 0 ? " port \(port)" : ""): \(SystemError.text(-socket)); give an "
                    + "address of this host (`ip address` shows them) and a port that is free")
        }
        descriptor = socket
        self.take = take
        name = Self.name(of: socket)
        // Expedited forwarding (RFC 3246); where the network does not care, nothing is lost.
        _ = fg_set_socket_option(socket, Int32(IPPROTO_IP), IP_TOS, 46 << 2)
        _ = fg_set_socket_option(socket, Int32(IPPROTO_IPV6), IPV6_TCLASS, 46 << 2)
        _ = fg_set_socket_option(socket, SOL_SOCKET, SO_PRIORITY, TrafficClass.control.socketPriority)
    }

    deinit { close(descriptor) }

    private static func name(of socket: Int32) -> String {
        var local = sockaddr_storage()
        var text = [CChar](repeating: 0, count: 64)
        guard fg_datagram_name(socket, &local) > 0 else { return "" }
        let port = fg_datagram_text(&local, &text, text.count)
        let address = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return address.contains(":") ? "[\(address)]:\(port)" : "\(address):\(port)"
    }

    func ready(_ events: EventInterest, at now: Instant) { drain(at: now) }

    /// Takes what waits, a round's worth at most.
    func drain(at now: Instant) {
        for _ in 0..<64 {
            var source = sockaddr_storage()
            var length: Int32 = 0
            let count = fg_datagram_receive(descriptor, &buffer, buffer.count, &source, &length)
            guard count >= 0 else { return }
            let address = withUnsafeBytes(of: &source) { PeerAddress(bytes: Array($0.prefix(Int(length)))) }
            buffer.withUnsafeBytes { take(UnsafeRawBufferPointer(rebasing: $0[..<Int(count)]), address, now) }
        }
    }

    func send(_ packet: [UInt8], to address: PeerAddress) {
        _ = fg_datagram_send(descriptor, packet, packet.count, address.bytes, Int32(address.bytes.count))
    }
}
