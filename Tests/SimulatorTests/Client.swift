import CSystem
import Foundation
import Glibc
import SimulatedMachines
import SimulatorKit

/// A client on the test's own thread, which turns the server's reactor while it waits.
final class Client {
    private(set) var received: [UInt8] = []
    private let fd: Int32
    private let reactor: Reactor
    private var closed = false

    init(port: UInt16, _ reactor: Reactor) throws {
        self.reactor = reactor
        fd = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(fd, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard status == 0 else { throw POSIXError(.ECONNREFUSED) }
    }

    init(path: String, _ reactor: Reactor) throws {
        self.reactor = reactor
        fd = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        let length = fg_unix_address(&address, path)
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(fd, $0, socklen_t(length)) }
        }
        guard status == 0 else { throw POSIXError(.ECONNREFUSED) }
    }

    deinit { close(fd) }

    func send(_ bytes: [UInt8]) { _ = Glibc.send(fd, bytes, bytes.count, Int32(MSG_NOSIGNAL)) }

    /// The next `count` bytes; fewer when the server closes or ten seconds pass.
    func receive(_ count: Int) -> [UInt8] {
        let deadline = Reactor.now + 10_000_000_000
        while received.count < count, !closed, Reactor.now < deadline {
            take()
            if received.count < count { reactor.turn(atMost: 20_000_000) }
        }
        defer { received.removeFirst(min(count, received.count)) }
        return Array(received.prefix(count))
    }

    func ask(_ line: String, reply: Int) -> String {
        send(Array(line.utf8))
        return String(decoding: receive(reply), as: UTF8.self)
    }

    /// Sends first and reads nothing until the server takes no more.
    func sendWhileServing(_ bytes: [UInt8], expecting count: Int) {
        var sent = 0
        let deadline = Reactor.now + 60_000_000_000
        while received.count < count, !closed, Reactor.now < deadline {
            let before = sent
            if sent < bytes.count {
                let flags = Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT)
                sent += max(0, bytes[sent...].withUnsafeBytes { Glibc.send(fd, $0.baseAddress, $0.count, flags) })
            }
            reactor.turn(atMost: 0)
            if sent == before { take() }
        }
    }

    /// Sends the same again and again, and reads nothing, until neither side's buffers take more.
    func sendUntilRefused(_ bytes: [UInt8]) {
        var refusals = 0
        while refusals < 3 {
            let sent = Glibc.send(fd, bytes, bytes.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
            refusals = sent < 0 ? refusals + 1 : 0
            reactor.turn(atMost: 10_000_000)
        }
    }

    var available: Int {
        take()
        return received.count
    }

    var isClosedByServer: Bool {
        _ = receive(1)
        return closed && received.isEmpty
    }

    private func take() {
        var piece = [UInt8](repeating: 0, count: 65_536)
        let count = recv(fd, &piece, piece.count, Int32(MSG_DONTWAIT))
        if count > 0 { received.append(contentsOf: piece[0..<count]) }
        if count == 0 || (count < 0 && errno == ECONNRESET) { closed = true }
    }
}
