import CSystem
import FieldModel
import Platform

/// Listens, lets in whom it may, and gives every client its turns.
package final class NetworkServer: EventSource {
    /// Who may ask: by the kernel's word on the peer.
    package struct Admission: Hashable, Sendable {
        package var users: Set<UInt32>
        package var groups: Set<UInt32>

        package init(users: Set<UInt32>, groups: Set<UInt32>) {
            self.users = users
            self.groups = groups
        }

        package func admits(user: UInt32, groups of: [UInt32]) -> Bool {
            users.contains(user) || !groups.isDisjoint(with: of)
        }
    }

    /// More than a machine has reasons for; the one that has been silent longest makes room.
    private static let clientLimit = 16

    package let descriptor: Int32
    package let interest: EventInterest = .read
    package let deadline: Instant? = nil
    private let loop: EventLoop
    private let admission: Admission
    private let answer: ([UInt8]) -> NetworkAnswer
    private let note: (String) -> Void
    private var clients: [NetworkClientLine] = []

    package init(
        listener: Int32, loop: EventLoop, admission: Admission, note: @escaping (String) -> Void,
        answer: @escaping ([UInt8]) -> NetworkAnswer
    ) {
        descriptor = listener
        self.loop = loop
        self.admission = admission
        self.answer = answer
        self.note = note
        loop.add(self)
    }

    package func ready(_ events: EventInterest, at now: Instant) {
        guard events.contains(.read) else { return }
        let client = fg_accept(descriptor)
        guard client >= 0 else { return }
        guard admit(client) else {
            close(client)
            return
        }
        if clients.count >= Self.clientLimit, let silent = clients.min(by: { $0.lastHeard < $1.lastHeard }) {
            silent.end()
        }
        let line = NetworkClientLine(descriptor: client, at: now, answer: answer) { [weak self] ended in
            self?.loop.remove(ended)
            self?.clients.removeAll { $0 === ended }
        }
        clients.append(line)
        loop.add(line)
    }

    private func admit(_ client: Int32) -> Bool {
        var peer: [UInt32] = [0, 0, 0]
        guard fg_peer(client, &peer) == 0 else { return false }
        var groups = [UInt32](repeating: 0, count: 64)
        let count = Int(fg_peer_groups(client, &groups, 64))
        guard !admission.admits(user: peer[1], groups: [peer[2]] + groups.prefix(max(0, count))) else { return true }
        note("refused process \(peer[0]) of user \(peer[1]), group \(peer[2])")
        let reply = NetworkReply.refused(
            "user \(peer[1]) may not: join the group that fieldgate-netd allows (--allow-group)")
        let bytes = Array((reply.line + "\n").utf8)
        _ = send(client, bytes, bytes.count, Int32(MSG_NOSIGNAL))
        return false
    }

    /// A listening socket at the path; a socket nobody listens on any more is replaced.
    package static func listen(path: String) throws(SystemError) -> Int32 {
        let listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
        var address = sockaddr_un()
        let length = try SystemError.check(fg_unix_address(&address, path))
        if fg_is_socket(path) == 1 { unlink(path) }
        let bound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(listener, $0, socklen_t(length)) }
        }
        // Everybody may knock: the kernel's word on the peer decides.
        guard bound == 0, chmod(path, 0o666) == 0, CSystem.listen(listener, 128) == 0 else {
            let code = fg_errno()
            close(listener)
            throw SystemError(code: code)
        }
        return listener
    }
}

/// What a client gets: a line, and sometimes a descriptor that goes with its first byte.
package struct NetworkAnswer {
    package var line: String
    /// Closed when it is sent, or when the client is gone; -1 for none.
    package var descriptor: Int32

    package init(_ reply: NetworkReply, descriptor: Int32 = -1) {
        line = reply.line
        self.descriptor = descriptor
    }
}
