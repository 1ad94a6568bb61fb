import CSystem
import Glibc
import SimulatorKit

/// UDP over IPv4.
enum DatagramSocket {
    /// An empty `bind` means every address, port 0 one that the system chooses.
    static func open(bind address: String, port: UInt16) throws(SystemFault) -> Int32 {
        let kind = Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let fd = try SystemFault.checkErrno(socket(AF_INET, kind, 0), "socket")
        do {
            var name = try Self.name(address.isEmpty ? "0.0.0.0" : address, port)
            let bound = withName(&name) { bind(fd, $0, $1) }
            _ = try SystemFault.checkErrno(bound, "udp \(address):\(port)")
            return fd
        } catch {
            close(fd)
            throw error
        }
    }

    static func connect(_ fd: Int32, _ host: String, _ port: UInt16) throws(SystemFault) {
        var name = try Self.name(host, port)
        let connected = withName(&name) { Glibc.connect(fd, $0, $1) }
        _ = try SystemFault.checkErrno(connected, "udp \(host):\(port)")
    }

    static func port(_ fd: Int32) -> UInt16 {
        var name = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutablePointer(to: &name) { pointer in
            _ = pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(fd, $0, &length) }
        }
        return UInt16(bigEndian: name.sin_port)
    }

    private static func name(_ address: String, _ port: UInt16) throws(SystemFault) -> sockaddr_in {
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_port = port.bigEndian
        guard inet_pton(AF_INET, address, &name.sin_addr) == 1 else {
            throw SystemFault("'\(address)' is no IPv4 address; accepted: such as 10.99.0.10")
        }
        return name
    }

    private static func withName(
        _ name: inout sockaddr_in, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) -> Int32 {
        withUnsafePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }
}
