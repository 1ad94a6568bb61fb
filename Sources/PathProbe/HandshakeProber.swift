import CSystem
import FieldModel
import Platform

/// Probes by the first two packets of a TCP handshake (RFC 9293, 3.5): each probe is a connection, closed hard as soon
/// as it stands or is refused.
final class HandshakeProber: Prober {
    /// Probes on their way; older ones are given up.
    private static let most = 32

    private let target: ProbeTarget
    private let port: UInt16
    private let device: String
    private let loop: EventLoop
    private let answered: (UInt16, Instant) -> Void
    private var attempts: [Attempt] = []

    init(
        _ target: ProbeTarget, port: UInt16, device: String, loop: EventLoop,
        answered: @escaping (UInt16, Instant) -> Void
    ) {
        self.target = target
        self.port = port
        self.device = device
        self.loop = loop
        self.answered = answered
    }

    func send(_ sequence: UInt16) throws(ProbeFault) {
        if attempts.count >= Self.most { end(attempts[0]) }
        do throws(SystemError) {
            let attempt = Attempt(try connect(), sequence: sequence) { [unowned self] attempt, now in
                end(attempt)
                answered(attempt.sequence, now)
            } failed: { [unowned self] in
                end($0)
            }
            attempts.append(attempt)
            loop.add(attempt)
        } catch {
            throw ProbeFault(target, device, error)
        }
    }

    func close() {
        while let attempt = attempts.last { end(attempt) }
    }

    private func end(_ attempt: Attempt) {
        attempts.removeAll { $0 === attempt }
        loop.remove(attempt)
        fg_close_hard(attempt.descriptor)
    }

    private func connect() throws(SystemError) -> Int32 {
        var address = sockaddr_storage()
        let length = try SystemError.check(fg_network_address(&address, target.address, port))
        let socket = try SystemError.check(
            fg_device_socket(
                Int32(address.ss_family), Int32(SOCK_STREAM.rawValue), 0, device, TrafficClass.probePriority))
        let status = fg_connect_address(socket, &address, length)
        guard status == 0 || status == -EINPROGRESS || status == -ECONNREFUSED else {
            CSystem.close(socket)
            throw SystemError(code: -status)
        }
        return socket
    }

    /// One handshake under way.
    private final class Attempt: EventSource {
        let descriptor: Int32
        let interest: EventInterest = .write
        let deadline: Instant? = nil
        let sequence: UInt16
        private let answered: (Attempt, Instant) -> Void
        private let failed: (Attempt) -> Void

        init(
            _ descriptor: Int32, sequence: UInt16, answered: @escaping (Attempt, Instant) -> Void,
            failed: @escaping (Attempt) -> Void
        ) {
            self.descriptor = descriptor
            self.sequence = sequence
            self.answered = answered
            self.failed = failed
        }

        func ready(_ events: EventInterest, at now: Instant) {
            let error = -fg_socket_error(descriptor)
            if error == 0 || error == ECONNREFUSED { answered(self, now) } else { failed(self) }
        }
    }
}
