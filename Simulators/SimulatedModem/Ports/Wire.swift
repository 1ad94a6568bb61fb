import CSystem
import Glibc
import SimulatorKit

/// An open descriptor to one host: bytes in, and a queue of bytes out.
final class Wire: EventHandler {
    /// Bytes that wait for a host who does not read; what is beyond is lost, as on a line nobody listens to.
    static let longestQueue = 16 << 20

    private let fd: Int32
    private unowned let reactor: Reactor
    private let received: ([UInt8]) -> Void
    private let ended: () -> Void
    private var queue: [UInt8] = []
    private var sent = 0
    private var open = true

    /// Takes the descriptor over.
    init(
        _ fd: Int32, reactor: Reactor, received: @escaping ([UInt8]) -> Void, ended: @escaping () -> Void
    ) throws(SystemFault) {
        (self.fd, self.reactor, self.received, self.ended) = (fd, reactor, received, ended)
        _ = fg_set_nonblocking(fd)
        try reactor.add(fd, self)
    }

    func ready(_ events: UInt32) {
        if events & Reactor.writable != 0 { flush() }
        guard open, events & ~Reactor.writable != 0 else { return }
        var piece = [UInt8](repeating: 0, count: 4096)
        let count = read(fd, &piece, piece.count)
        if count > 0 { return received(Array(piece[0..<count])) }
        if count == 0 || errno != EAGAIN { finish() }
    }

    func send(_ bytes: [UInt8]) {
        guard open, queue.count - sent + bytes.count <= Self.longestQueue else { return }
        queue += bytes
        flush()
    }

    func hangUp() {
        guard open else { return }
        open = false
        reactor.removeAndClose(fd)
    }

    private func finish() {
        hangUp()
        ended()
    }

    private func flush() {
        while sent < queue.count {
            let count = queue[sent...].withUnsafeBytes { write(fd, $0.baseAddress, $0.count) }
            if count < 0, errno == EAGAIN { return reactor.change(fd, to: Reactor.readable | Reactor.writable) }
            guard count > 0 else { break }
            sent += count
        }
        queue.removeAll(keepingCapacity: queue.count < 65_536)
        sent = 0
        if open { reactor.change(fd, to: Reactor.readable) }
    }
}
