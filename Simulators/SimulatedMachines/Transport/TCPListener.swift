import CSystem
import Glibc
import SimulatorKit

/// A Modbus TCP port on the loopback interface; every connection is served by the same unit server.
package final class TCPListener<Server: UnitServer>: EventHandler {
    /// The port in use, also when 0 was asked for.
    package let port: UInt16
    /// Connections accepted so far.
    package private(set) var accepted = 0
    /// Connections open now.
    package var connected: Int { connections.count }

    private let fd: Int32
    private unowned let reactor: Reactor
    private let server: Server
    private var connections: [ObjectIdentifier: TCPConnection<Server>] = [:]

    package init(port: UInt16, reactor: Reactor, server: Server) throws(SystemFault) {
        fd = try SystemFault.checkErrno(socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0), "socket")
        _ = fg_set_socket_option(fd, SOL_SOCKET, SO_REUSEADDR, 1)
        do {
            self.port = try Self.bindLoopback(fd, port)
        } catch {
            close(fd)
            throw error
        }
        self.reactor = reactor
        self.server = server
        _ = fg_set_nonblocking(fd)
        try reactor.add(fd, self)
    }

    package func shutDown() {
        for connection in connections.values { connection.hangUp() }
        connections = [:]
        reactor.removeAndClose(fd)
    }

    package func ready(_ events: UInt32) {
        let client = accept(fd, nil, nil)
        guard client >= 0 else { return }
        _ = fg_set_nonblocking(client)
        _ = fg_set_socket_option(client, Int32(IPPROTO_TCP), TCP_NODELAY, 1)
        let connection = TCPConnection(fd: client, reactor: reactor, server: server) { [unowned self] in
            connections[ObjectIdentifier($0)] = nil
        }
        guard (try? reactor.add(client, connection)) != nil else { return }
        accepted += 1
        connections[ObjectIdentifier(connection)] = connection
    }

    private static func bindLoopback(_ fd: Int32, _ port: UInt16) throws(SystemFault) -> UInt16 {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(fd, address, length) < 0 || listen(fd, 64) < 0 || getsockname(fd, address, &length) < 0 ? -1 : 0
            }
        }
        _ = try SystemFault.checkErrno(Int32(bound), "listen on 127.0.0.1:\(port)")
        return UInt16(bigEndian: address.sin_port)
    }
}
