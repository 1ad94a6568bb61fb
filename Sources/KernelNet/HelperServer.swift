import CSystem
import FieldModel
import Platform

/// The helper's socket: who may ask, one line in, one line out. One client after the other carries out what it asks;
/// a client that is slow to write or to read is dropped after a second.
package final class HelperServer {
    package struct Policy: Sendable {
        /// Who may ask, besides root.
        package var users: Set<UInt32>
        package var groups: Set<UInt32>
        /// Interfaces that may be touched: names, or beginnings that end in `*`.
        package var devices: [String]

        package init(users: Set<UInt32>, groups: Set<UInt32>, devices: [String]) {
            self.users = users
            self.groups = groups
            self.devices = devices
        }

        func allows(user: UInt32, group: UInt32) -> Bool { user == 0 || users.contains(user) || groups.contains(group) }

        func allows(device: String) -> Bool {
            devices.contains { $0.hasSuffix("*") ? device.hasPrefix($0.dropLast()) : $0 == device }
        }
    }

    private let listener: Int32
    private let policy: Policy
    private let network: any NetworkControl
    private let log: (String) -> Void
    private var clients: [Client] = []
    private static let mostClients = 8

    private struct Client {
        let descriptor: Int32
        var line: [UInt8] = []
    }

    package init(listener: Int32, policy: Policy, network: any NetworkControl, log: @escaping (String) -> Void) {
        self.listener = listener
        self.policy = policy
        self.network = network
        self.log = log
        _ = fg_set_nonblocking(listener)
    }

    /// A socket at the path, in place of an abandoned one, for the group and nobody else.
    package static func listen(_ path: String, group: UInt32?) throws(SystemError) -> Int32 {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw SystemError(code: fg_errno()) }
        var address = sockaddr_un()
        let length = try SystemError.check(fg_unix_address(&address, path))
        if fg_is_socket(path) == 1 { unlink(path) }
        let bound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, socklen_t(length)) }
        }
        guard bound == 0, chmod(path, 0o660) == 0, group.map({ chown(path, 0, $0) == 0 }) ?? true,
            CSystem.listen(descriptor, 8) == 0
        else { throw SystemError(code: fg_errno()) }
        return descriptor
    }

    /// Serves until `isStopping`, which is asked at least twice a second.
    package func run(isStopping: () -> Bool) {
        while !isStopping() {
            var watched = [pollfd(fd: listener, events: Int16(POLLIN), revents: 0)]
            watched += clients.map { pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0) }
            guard poll(&watched, nfds_t(watched.count), 500) > 0 else { continue }
            for event in watched.dropFirst() where event.revents != 0 { hear(event.fd) }
            if watched[0].revents != 0 { admit() }
        }
        for client in clients { close(client.descriptor) }
        clients = []
    }

    private func admit() {
        let descriptor = accept(listener, nil, nil)
        guard descriptor >= 0 else { return }
        var user: UInt32 = 0
        var group: UInt32 = 0
        guard fg_peer(descriptor, &user, &group) == 0, policy.allows(user: user, group: group) else {
            log("refused: user \(user), group \(group)")
            answer(
                .failure(.refused("user \(user) may not ask: start fieldgate-netd with --allow-user or --allow-group")),
                descriptor)
            close(descriptor)
            return
        }
        // The longest silent one makes room.
        if clients.count >= Self.mostClients { close(clients.removeFirst().descriptor) }
        _ = fg_set_nonblocking(descriptor)
        clients.append(Client(descriptor: descriptor))
    }

    private func hear(_ descriptor: Int32) {
        guard let place = clients.firstIndex(where: { $0.descriptor == descriptor }) else { return }
        var buffer = [UInt8](repeating: 0, count: 16_384)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        if count < 0, fg_errno() == EAGAIN { return }
        clients[place].line += buffer[..<max(0, count)]
        while let end = clients[place].line.firstIndex(of: UInt8(ascii: "\n")) {
            let line = String(decoding: clients[place].line[..<end], as: UTF8.self)
            clients[place].line.removeSubrange(...end)
            guard answer(serve(line), descriptor) else { return drop(place) }
        }
        if count <= 0 || clients[place].line.count > HelperRequest.longestLine { drop(place) }
    }

    private func drop(_ place: Int) { close(clients.remove(at: place).descriptor) }

    private func serve(_ line: String) -> Result<NetworkState, NetworkFault> {
        do throws(NetworkFault) {
            let request = try HelperRequest.parse(line, isAllowed: policy.allows(device:))
            return .success(try perform(request))
        } catch {
            log("refused: \(error.words)")
            return .failure(error)
        }
    }

    private func perform(_ request: HelperRequest) throws(NetworkFault) -> NetworkState {
        switch request {
        case .apply(let plan):
            log("apply: \(plan.paths.count) paths, \(plan.cameras.count) cameras")
            return try network.apply(plan)
        case .inspect(let plan): return try network.inspect(plan)
        case .shape(let path, let rate): try network.shape(path: path, to: rate)
        case .route(let bulk, let others): try network.route(bulk: bulk, others: others)
        case .reauthorise(let device):
            log("reauthorise USB device \(device)")
            try network.reauthorise(usb: device)
        case .clear:
            log("clear")
            try network.clear()
        }
        return NetworkState()
    }

    @discardableResult
    private func answer(_ result: Result<NetworkState, NetworkFault>, _ descriptor: Int32) -> Bool {
        let bytes = Array((HelperReply.line(result) + "\n").utf8)
        return send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count
    }
}
