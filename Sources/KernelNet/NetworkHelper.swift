import CSystem
import FieldModel
import Platform

/// Asks `fieldgate-netd` over its socket. One thread at a time; a broken connection is made anew at the next call.
public final class NetworkHelper: NetworkControl {
    public static let defaultPath = "/run/fieldgate-netd/netd.sock"
    /// Applying a plan runs some dozens of programs, on a box that may be busy.
    private static let patience = Duration.seconds(10)
    private let path: String
    private var connection: Int32 = -1
    private var incoming: [UInt8] = []
    /// Came with the last bytes, and was not taken yet.
    private var attached: Int32 = -1
    private let patience: Duration

    public convenience init(path: String = NetworkHelper.defaultPath) {
        self.init(path: path, patience: Self.patience)
    }

    package init(path: String, patience: Duration) {
        self.path = path
        self.patience = patience
    }

    deinit { hangUp() }

    public func apply(_ plan: NetworkPlan) throws(NetworkFault) -> NetworkState { try ask(.apply(plan)) }
    public func inspect(_ plan: NetworkPlan) throws(NetworkFault) -> NetworkState { try ask(.inspect(plan)) }
    public func shape(path: String, to rate: BitRate) throws(NetworkFault) {
        _ = try ask(.shape(path: path, rate: rate))
    }
    public func route(bulk: String?, others: String?) throws(NetworkFault) {
        _ = try ask(.route(bulk: bulk, others: others))
    }
    public func reauthorise(usb device: String) throws(NetworkFault) { _ = try ask(.reauthorise(usb: device)) }
    public func clear() throws(NetworkFault) { _ = try ask(.clear) }

    /// The ring of connection events; the caller closes it.
    package func ring() throws(NetworkFault) -> Int32 {
        _ = try ask(.meter)
        return try taken()
    }

    /// A list of every live connection, and what makes it inexact; the caller closes the descriptor.
    package func flows() throws(NetworkFault) -> (list: Int32, doubts: [String]) {
        let doubts = try ask(.flows).missing
        return (try taken(), doubts)
    }

    package func others() throws(NetworkFault) -> [OtherTraffic] {
        guard case .counted(let others) = try answer(to: .others) else { throw .unreachable(strange) }
        return others
    }

    private func taken() throws(NetworkFault) -> Int32 {
        guard attached >= 0 else { throw .unreachable("fieldgate-netd at \(path) gave no descriptor with its answer") }
        defer { attached = -1 }
        return attached
    }

    private func ask(_ request: NetworkRequest) throws(NetworkFault) -> NetworkState {
        guard case .done(let state) = try answer(to: request) else { throw .unreachable(strange) }
        return state
    }

    private func answer(to request: NetworkRequest) throws(NetworkFault) -> NetworkReply {
        let deadline = fg_boottime_ns() + patience.wholeNanoseconds
        let isNew = connection < 0
        do throws(NetworkFault) {
            return try exchange(request, until: deadline)
        } catch .unreachable(let reason) {
            hangUp()
            // The helper may have been started anew since the last call. Every request may be made twice.
            guard !isNew, fg_boottime_ns() < deadline else { throw .unreachable(reason) }
        }
        do throws(NetworkFault) {
            return try exchange(request, until: deadline)
        } catch {
            if case .unreachable = error { hangUp() }
            throw error
        }
    }

    private func exchange(_ request: NetworkRequest, until deadline: Int64) throws(NetworkFault) -> NetworkReply {
        if connection < 0 {
            try connect()
            _ = try converse(.hello(version: NetworkRequest.version), deadline)
        }
        return try converse(request, deadline)
    }

    private func converse(_ request: NetworkRequest, _ deadline: Int64) throws(NetworkFault) -> NetworkReply {
        drop()
        try say(Array((request.line + "\n").utf8), deadline)
        let line = try hear(deadline)
        switch NetworkReply.read(line) {
        case .refused(let reason)?: throw .refused(reason)
        case let reply?: return reply
        case nil: throw .unreachable(strange)
        }
    }

    private var strange: String {
        "\(path) answers what fieldgate-netd does not say; is it another program's socket?"
    }

    private func connect() throws(NetworkFault) {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        // A full queue of callers is waited for: connect(2) on a unix socket blocks for this long at most.
        var limit = timeval(tv_sec: 1, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_un()
        let length = fg_unix_address(&address, path)
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                CSystem.connect(descriptor, $0, socklen_t(max(0, length)))
            }
        }
        guard length > 0, connected == 0 else {
            let code = length > 0 ? fg_errno() : -length
            if descriptor >= 0 { close(descriptor) }
            throw .unreachable(Self.reason(code, path))
        }
        _ = fg_set_nonblocking(descriptor)
        connection = descriptor
        incoming = []
    }

    private static func reason(_ code: Int32, _ path: String) -> String {
        switch code {
        case EACCES, EPERM:
            "\(path): permission denied; the gateway's user must be in the socket's group (usually fieldgate)"
        case ENOENT, ECONNREFUSED:
            "fieldgate-netd does not run at \(path): systemctl start fieldgate-netd.socket, or as root"
                + " fieldgate-netd --socket \(path) --allow-group fieldgate"
        case EAGAIN: "fieldgate-netd at \(path) is too busy to answer"
        default: "\(path): \(SystemError.text(code))"
        }
    }

    private func say(_ bytes: [UInt8], _ deadline: Int64) throws(NetworkFault) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if fg_errno() == EAGAIN {
                try wait(for: Int16(POLLOUT), deadline)
            } else if fg_errno() != EINTR {
                // It may have said why before it hung up.
                return
            }
        }
    }

    private func hear(_ deadline: Int64) throws(NetworkFault) -> [UInt8] {
        while true {
            if let mark = incoming.firstIndex(of: UInt8(ascii: "\n")) {
                let line = Array(incoming[..<mark])
                incoming.removeSubrange(...mark)
                return line
            }
            try wait(for: Int16(POLLIN), deadline)
            var buffer = [UInt8](repeating: 0, count: 16_384)
            var descriptor: Int32 = -1
            let count = Int(fg_receive_rights(connection, &buffer, buffer.count, &descriptor, 0))
            if count == -Int(EAGAIN) || count == -Int(EINTR) { continue }
            if descriptor >= 0 {
                drop()
                attached = descriptor
            }
            guard count > 0, incoming.count < 1 << 20 else { throw .unreachable("fieldgate-netd at \(path) hung up") }
            incoming += buffer[..<count]
        }
    }

    private func wait(for events: Int16, _ deadline: Int64) throws(NetworkFault) {
        let left = deadline - fg_boottime_ns()
        var watch = pollfd(fd: connection, events: events, revents: 0)
        guard left > 0, poll(&watch, 1, Int32(clamping: (left + 999_999) / 1_000_000)) != 0 else {
            hangUp()
            throw .unreachable("fieldgate-netd at \(path) does not answer within \(patience)")
        }
    }

    /// Closes a descriptor that nobody took.
    private func drop() {
        if attached >= 0 { close(attached) }
        attached = -1
    }

    private func hangUp() {
        drop()
        if connection >= 0 { close(connection) }
        connection = -1
    }
}
