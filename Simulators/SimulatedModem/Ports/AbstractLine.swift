import CSystem
import Glibc
import SimulatorKit

/// An AT port on an abstract unix stream socket, for one host at a time. ModemManager's test session connects to it:
/// what a test profile calls `abstract:p0` is a socket of just this name, prefix included.
final class AbstractLine: ATLine, EventHandler {
    /// Bytes kept for a host who is not there yet, such as the greeting after a start.
    private static let longestGreeting = 4096
    private static let prefix = "abstract:"

    let address: PortAddress
    private let name: String
    private unowned let reactor: Reactor
    private let received: ([UInt8]) -> Void
    private let opened: () -> Void
    private var listener: Int32 = -1
    private var wire: Wire?
    private var greeting: [UInt8] = []

    /// `opened` is called for each host that comes, before its first byte.
    init(
        name: String, reactor: Reactor, received: @escaping ([UInt8]) -> Void, opened: @escaping () -> Void
    ) {
        (self.reactor, self.received, self.opened) = (reactor, received, opened)
        self.name = name.hasPrefix(Self.prefix) ? name : Self.prefix + name
        address = .abstract(name: self.name)
    }

    func open() throws(SystemFault) {
        guard listener < 0 else { return }
        var address = sockaddr_un()
        let length = try SystemFault.check(fg_unix_address(&address, "@" + name), "abstract \(name)")
        let fd = try SystemFault.checkErrno(
            socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0), "socket")
        let bound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(fd, $0, socklen_t(length)) }
        }
        _ = try SystemFault.checkErrno(bound, "abstract \(name)")
        _ = try SystemFault.checkErrno(listen(fd, 4), "abstract \(name)")
        _ = fg_set_nonblocking(fd)
        try reactor.add(fd, self)
        listener = fd
    }

    func close() {
        guard listener >= 0 else { return }
        reactor.removeAndClose(listener)
        listener = -1
        wire?.hangUp()
        wire = nil
        greeting = []
    }

    func send(_ bytes: [UInt8]) {
        if let wire { return wire.send(bytes) }
        if greeting.count + bytes.count <= Self.longestGreeting { greeting += bytes }
    }

    /// A host came; the one before it has lost the port.
    func ready(_ events: UInt32) {
        let peer = accept(listener, nil, nil)
        guard peer >= 0 else { return }
        wire?.hangUp()
        opened()
        wire = try? Wire(peer, reactor: reactor, received: received) { [unowned self] in wire = nil }
        wire?.send(greeting)
        greeting = []
    }
}
