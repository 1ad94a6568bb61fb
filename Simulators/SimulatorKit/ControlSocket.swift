import CSystem
import Glibc

/// A unix stream socket that takes commands, one a line, and answers each with one line of JSON.
package final class ControlSocket: EventHandler {
    private let fd: Int32
    private let path: String
    private unowned let reactor: Reactor
    private let obey: (String) -> JSON
    private var clients: [ObjectIdentifier: ControlClient] = [:]

    /// An abandoned socket at `path` is replaced; anything else there is an error.
    package init(path: String, reactor: Reactor, obey: @escaping (String) -> JSON) throws(SystemFault) {
        var address = sockaddr_un()
        let length = try SystemFault.check(fg_unix_address(&address, path), "control socket \(path)")
        var old = stat()
        if lstat(path, &old) == 0, old.st_mode & S_IFMT == S_IFSOCK { unlink(path) }
        let fd = try SystemFault.checkErrno(socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0), "socket")
        let bound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(fd, $0, socklen_t(length)) }
        }
        _ = try SystemFault.checkErrno(bound, "control socket \(path)")
        _ = try SystemFault.checkErrno(listen(fd, 8), "control socket \(path)")
        (self.fd, self.path, self.reactor, self.obey) = (fd, path, reactor, obey)
        _ = fg_set_nonblocking(fd)
        try reactor.add(fd, self)
    }

    package func shutDown() {
        for client in clients.values { client.hangUp() }
        clients = [:]
        reactor.removeAndClose(fd)
        unlink(path)
    }

    package func ready(_ events: UInt32) {
        let peer = accept(fd, nil, nil)
        guard peer >= 0 else { return }
        _ = fg_set_nonblocking(peer)
        let client = ControlClient(fd: peer, reactor: reactor, obey: obey) { [unowned self] in
            clients[ObjectIdentifier($0)] = nil
        }
        guard (try? reactor.add(peer, client)) != nil else { return }
        clients[ObjectIdentifier(client)] = client
    }
}

/// One tester at the control socket.
final class ControlClient: EventHandler {
    /// Bytes of the longest line.
    private static let longest = 4096

    private let fd: Int32
    private unowned let reactor: Reactor
    private let obey: (String) -> JSON
    private let ended: (ControlClient) -> Void
    private var line: [UInt8] = []
    private var open = true

    init(
        fd: Int32, reactor: Reactor, obey: @escaping (String) -> JSON, ended: @escaping (ControlClient) -> Void
    ) {
        (self.fd, self.reactor, self.obey, self.ended) = (fd, reactor, obey, ended)
    }

    func ready(_ events: UInt32) {
        let received: [UInt8]? = withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 1024) { buffer in
            let count = recv(fd, buffer.baseAddress!, buffer.count, 0)
            return count > 0 ? Array(buffer[0..<count]) : nil
        }
        guard let received else { return finish() }
        for byte in received where open {
            if byte == UInt8(ascii: "\n") {
                answerLine()
            } else if line.count < Self.longest {
                line.append(byte)
            } else {
                finish()
            }
        }
    }

    func hangUp() {
        guard open else { return }
        open = false
        reactor.removeAndClose(fd)
    }

    private func finish() {
        hangUp()
        ended(self)
    }

    private func answerLine() {
        let text = String(decoding: line, as: UTF8.self)
        line.removeAll(keepingCapacity: true)
        let reply = Array((obey(text).text + "\n").utf8)
        var sent = 0
        while sent < reply.count {
            let count = reply[sent...].withUnsafeBytes { send(fd, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            if count < 0, errno == EAGAIN, waitUntilWritable() { continue }
            guard count > 0 else { return finish() }
            sent += count
        }
    }

    /// A report can be longer than the socket's buffer; a tester who does not read it is given up after a second.
    private func waitUntilWritable() -> Bool {
        var wanted = pollfd(fd: fd, events: Int16(POLLOUT), revents: 0)
        return poll(&wanted, 1, 1000) == 1
    }
}
