import CSystem
import FieldModel
import Platform

/// One attempt to connect to a machine for control, on a thread of its own: names are resolved and connections made
/// there, so that the control loop never waits.
package final class ControlDial: Sendable {
    private let attempt: Attempt<Int32, BusFault>

    package init(
        host: String, port: UInt16, patience: Duration, done: @escaping @Sendable () -> Void
    ) throws(SystemError) {
        attempt = try Attempt(name: "control-dial", done: done) { () throws(BusFault) in
            try Self.connect(host, port, patience)
        }
    }

    /// The connected socket, non-blocking, once there is one; it is the caller's.
    package func take() -> Result<Int32, BusFault>? { attempt.take() }

    private static func connect(_ host: String, _ port: UInt16, _ patience: Duration) throws(BusFault) -> Int32 {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        let status = getaddrinfo(host, String(port), &hints, &list)
        guard status == 0, let first = list else {
            throw .disconnected("the name '\(host)' cannot be resolved: \(String(cString: gai_strerror(status)))")
        }
        defer { freeaddrinfo(first) }
        var reason: Int32 = ETIMEDOUT
        var next: UnsafeMutablePointer<addrinfo>? = first
        while let address = next {
            let (socket, code) = tryConnect(address.pointee, patience)
            if socket >= 0 { return socket }
            reason = code
            next = address.pointee.ai_next
        }
        throw .disconnected(SystemError.text(reason))
    }

    private static func tryConnect(_ address: addrinfo, _ patience: Duration) -> (socket: Int32, code: Int32) {
        let socket = CSystem.socket(address.ai_family, address.ai_socktype, address.ai_protocol)
        guard socket >= 0 else { return (-1, fg_errno()) }
        _ = fg_set_nonblocking(socket)
        _ = fg_set_socket_option(socket, Int32(IPPROTO_TCP), TCP_NODELAY, 1)
        _ = fg_set_socket_option(socket, SOL_SOCKET, SO_PRIORITY, TrafficClass.control.socketPriority)
        if CSystem.connect(socket, address.ai_addr, address.ai_addrlen) == 0 { return (socket, 0) }
        var code = fg_errno()
        if code == EINPROGRESS {
            var watch = pollfd(fd: socket, events: Int16(POLLOUT), revents: 0)
            code = poll(&watch, 1, Int32(patience.wholeMilliseconds)) > 0 ? -fg_socket_error(socket) : ETIMEDOUT
            if code == 0 { return (socket, 0) }
        }
        close(socket)
        return (-1, code)
    }
}
