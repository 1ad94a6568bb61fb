import CSystem
import FieldModel

/// The gateway's side of the privileged helper: one connection for each question.
package final class NetworkHelper: NetworkControl {
    private let path: String
    /// Applying a plan runs some dozens of programs.
    private static let patience = timeval(tv_sec: 10, tv_usec: 0)

    package init(socket path: String) { self.path = path }

    package func apply(_ plan: NetworkPlan) throws(NetworkFault) -> NetworkState { try ask(.apply(plan)) }
    package func inspect(_ plan: NetworkPlan) throws(NetworkFault) -> NetworkState { try ask(.inspect(plan)) }
    package func shape(path: String, to rate: BitRate) throws(NetworkFault) { _ = try ask(.shape(path: path, rate)) }
    package func route(bulk: String?, others: String?) throws(NetworkFault) {
        _ = try ask(.route(bulk: bulk, others: others))
    }
    package func reauthorise(usb device: String) throws(NetworkFault) { _ = try ask(.reauthorise(device)) }
    package func clear() throws(NetworkFault) { _ = try ask(.clear) }

    private func ask(_ request: HelperRequest) throws(NetworkFault) -> NetworkState {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw unreachable() }
        defer { close(descriptor) }
        var patience = Self.patience
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_un()
        let length = fg_unix_address(&address, path)
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                CSystem.connect(descriptor, $0, socklen_t(max(0, length)))
            }
        }
        guard length > 0, connected == 0 else { throw unreachable() }
        let line = Array((request.line + "\n").utf8)
        guard send(descriptor, line, line.count, Int32(MSG_NOSIGNAL)) == line.count else { throw unreachable() }
        return try HelperReply.parse(try answer(descriptor))
    }

    private func answer(_ descriptor: Int32) throws(NetworkFault) -> String {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16_384)
        while bytes.last != UInt8(ascii: "\n") {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            guard count > 0, bytes.count < 1 << 20 else {
                throw .unreachable("fieldgate-netd at \(path) does not answer; look at its log")
            }
            bytes += buffer[..<count]
        }
        return String(decoding: bytes.dropLast(), as: UTF8.self)
    }

    private func unreachable() -> NetworkFault {
        switch fg_errno() {
        case EACCES, EPERM:
            .unreachable("\(path) may not be used by this user: add it to the group that fieldgate-netd allows")
        default: .unreachable("no fieldgate-netd at \(path): start it, e.g. systemctl start fieldgate-netd")
        }
    }
}
