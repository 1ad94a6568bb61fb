import CSystem
import Glibc
import SimulatorKit

/// A host at an AT port, on the test's own thread: it turns the simulator's reactor while it waits.
final class Host {
    private(set) var received = ""
    /// Bytes received in all.
    private(set) var count = 0
    private(set) var isHungUp = false
    private let fd: Int32
    private let reactor: Reactor

    init(terminal path: String, _ reactor: Reactor) throws(SystemFault) {
        self.reactor = reactor
        fd = try SystemFault.check(fg_open(path, O_RDWR | O_NOCTTY | O_NONBLOCK, 0), path)
    }

    init(abstract name: String, _ reactor: Reactor) throws(SystemFault) {
        self.reactor = reactor
        fd = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        let length = fg_unix_address(&address, "@" + name)
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(fd, $0, socklen_t(length)) }
        }
        guard status == 0 else { throw SystemFault("@\(name)", code: errno) }
        _ = fg_set_nonblocking(fd)
    }

    deinit { close(fd) }

    func send(_ text: String) {
        let bytes = Array(text.utf8)
        _ = write(fd, bytes, bytes.count)
    }

    /// Waits until `condition` holds, at most ten seconds; whether it did.
    @discardableResult
    func wait(_ condition: () -> Bool) -> Bool {
        let deadline = Reactor.now + 10_000_000_000
        while !condition(), Reactor.now < deadline {
            take()
            if !condition() { reactor.turn(atMost: 5_000_000) }
        }
        return condition()
    }

    /// Everything that comes until it ends in one of the `ends`.
    func ask(_ line: String, until ends: [String] = ["\r\nOK\r\n", "ERROR\r\n", "> ", "CONNECT\r\n"]) -> String {
        received = ""
        send(line + "\r")
        wait { ends.contains { received.hasSuffix($0) } || isHungUp }
        return received
    }

    func forget() { received = "" }

    /// Lets some time pass, and returns what came in it.
    func listen(_ seconds: Double) -> String {
        let deadline = Reactor.now + Int64(seconds * 1e9)
        while Reactor.now < deadline {
            take()
            reactor.turn(atMost: 5_000_000)
        }
        take()
        return received
    }

    private func take() {
        var piece = [UInt8](repeating: 0, count: 65_536)
        while true {
            let got = read(fd, &piece, piece.count)
            if got == 0 || (got < 0 && errno != EAGAIN) { isHungUp = true }
            guard got > 0 else { return }
            count += got
            if received.utf8.count < 65_536 { received += String(decoding: piece[0..<got], as: UTF8.self) }
        }
    }
}
