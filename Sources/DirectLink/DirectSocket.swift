import CSystem
import FieldModel
import Platform

/// Where a datagram comes from or goes to: IPv4 and port.
package struct DirectAddress: Hashable, Sendable, CustomStringConvertible {
    /// Network byte order in a number: 127.0.0.1 is 0x7F000001.
    package var host: UInt32
    package var port: UInt16

    package init(host: UInt32, port: UInt16) {
        self.host = host
        self.port = port
    }

    /// From `address:port`.
    package init?(_ text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let port = UInt16(parts[1]), port > 0 else { return nil }
        let bytes = parts[0].split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
        guard bytes.count == 4, !bytes.contains(nil) else { return nil }
        host = bytes.reduce(0) { $0 << 8 | UInt32($1 ?? 0) }
        self.port = port
    }

    package var description: String {
        "\(host >> 24).\(host >> 16 & 255).\(host >> 8 & 255).\(host & 255):\(port)"
    }
}

/// One UDP socket of the direct path, on an event loop, bound to one interface where there is one.
package final class DirectSocket: EventSource {
    /// Longer than any packet of the direct path.
    package static let longest = 256
    /// Datagrams taken in one turn: others have their turn too.
    private static let batch = 64

    package let descriptor: Int32
    package let interest: EventInterest = .read
    package let deadline: Instant? = nil
    package private(set) var received: Int64 = 0
    package private(set) var unsent: Int64 = 0

    private var buffer = [UInt8](repeating: 0, count: longest)
    private let handler: (UnsafeRawBufferPointer, DirectAddress, Instant) -> Void

    /// `address` and 0 let the system choose a port; `device` binds to a network interface.
    package init(
        address: DirectAddress = DirectAddress(host: 0, port: 0), device: String? = nil,
        handler: @escaping (UnsafeRawBufferPointer, DirectAddress, Instant) -> Void
    ) throws(SystemError) {
        self.handler = handler
        descriptor = CSystem.socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
        guard descriptor >= 0 else { throw SystemError(code: fg_errno()) }
        _ = fg_set_nonblocking(descriptor)
        _ = fg_set_socket_option(descriptor, Int32(IPPROTO_IP), IP_TOS, 46 << 2)
        _ = fg_set_socket_option(descriptor, SOL_SOCKET, SO_PRIORITY, TrafficClass.control.socketPriority)
        if let device {
            let name = Array(device.utf8)
            guard setsockopt(descriptor, SOL_SOCKET, SO_BINDTODEVICE, name, socklen_t(name.count)) == 0 else {
                throw SystemError(code: fg_errno())
            }
        }
        var own = address.socketAddress
        let status = withUnsafePointer(to: &own) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                CSystem.bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard status == 0 else { throw SystemError(code: fg_errno()) }
    }

    deinit { close(descriptor) }

    /// The port the system chose.
    package var port: UInt16 {
        var own = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        _ = withUnsafeMutablePointer(to: &own) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
        }
        return UInt16(bigEndian: own.sin_port)
    }

    /// A packet that can't go now is lost, and counted: the next one is newer.
    package func send(_ packet: UnsafeRawBufferPointer, to address: DirectAddress) {
        var target = address.socketAddress
        let sent = withUnsafePointer(to: &target) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                sendto(
                    descriptor, packet.baseAddress, packet.count, Int32(MSG_DONTWAIT), $0,
                    socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        if sent != packet.count { unsent += 1 }
    }

    package func ready(_ events: EventInterest, at now: Instant) {
        guard events.contains(.read) else { return }
        for _ in 0..<Self.batch {
            var source = sockaddr_in()
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            let count = withUnsafeMutablePointer(to: &source) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                    buffer.withUnsafeMutableBytes {
                        recvfrom(descriptor, $0.baseAddress, $0.count, Int32(MSG_DONTWAIT), pointer, &length)
                    }
                }
            }
            guard count >= 0 else { return }
            received += 1
            let address = DirectAddress(
                host: UInt32(bigEndian: source.sin_addr.s_addr), port: UInt16(bigEndian: source.sin_port))
            buffer.withUnsafeBytes { handler(UnsafeRawBufferPointer(rebasing: $0[..<count]), address, now) }
        }
    }
}

extension DirectAddress {
    fileprivate var socketAddress: sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = host.bigEndian
        return address
    }
}
