import CSystem
import Glibc

/// The tester's side of a control socket.
package enum ControlCall {
    /// Sends one command and waits, at most ten seconds, for the line that answers it.
    package static func send(_ command: String, to path: String) throws(SystemFault) -> String {
        var address = sockaddr_un()
        let length = try SystemFault.check(fg_unix_address(&address, path), path)
        let fd = try SystemFault.checkErrno(socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0), "socket")
        defer { close(fd) }
        var patience = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(fd, $0, socklen_t(length)) }
        }
        _ = try SystemFault.checkErrno(connected, path)
        let line = Array((command + "\n").utf8)
        guard Glibc.send(fd, line, line.count, Int32(MSG_NOSIGNAL)) == line.count else {
            throw SystemFault(path, code: errno)
        }
        return try readLine(fd, path)
    }

    private static func readLine(_ fd: Int32, _ path: String) throws(SystemFault) -> String {
        var reply: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65_536)
        while reply.last != UInt8(ascii: "\n") {
            let count = recv(fd, &piece, piece.count, 0)
            guard count > 0 else { throw SystemFault("\(path): no reply") }
            reply.append(contentsOf: piece[0..<count])
        }
        return String(decoding: reply.dropLast(), as: UTF8.self)
    }
}
