import FieldModel
import Glibc
import PeerTesting
import Platform

/// A Modbus TCP device that answers with whatever bytes the test says, one connection after another.
final class RawServer: Sendable {
    enum Step: Sendable {
        case send([UInt8])
        /// One byte at a time, so many milliseconds apart.
        case trickle([UInt8], milliseconds: UInt32)
        case close
        /// Reads nothing more from this connection.
        case goDeaf
    }

    /// What to do upon the request of this number, counted over all connections from 0.
    typealias Script = @Sendable (_ number: Int, _ request: [UInt8]) -> [Step]

    let port: UInt16
    private let stopping = Flag()
    private let thread: OwnerThread

    init(_ script: @escaping Script) throws {
        let (listener, port) = try LoopbackSocket.listen()
        self.port = port
        // A device's buffers are small.
        var room: Int32 = 4096
        setsockopt(listener, SOL_SOCKET, SO_RCVBUF, &room, socklen_t(MemoryLayout<Int32>.size))
        let stopping = self.stopping
        thread = try OwnerThread(name: "raw") {
            var number = 0
            while let connection = Self.accept(listener, stopping) {
                Self.serve(connection, &number, stopping, script)
                close(connection)
            }
            close(listener)
        }
    }

    deinit {
        stopping.store(true)
        thread.join()
    }

    private static func isReady(_ descriptor: Int32, _ stopping: Flag) -> Bool {
        while !stopping.load() {
            var watch = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            if poll(&watch, 1, 20) > 0 { return true }
        }
        return false
    }

    private static func accept(_ listener: Int32, _ stopping: Flag) -> Int32? {
        guard isReady(listener, stopping) else { return nil }
        let connection = Glibc.accept(listener, nil, nil)
        var one: Int32 = 1
        setsockopt(connection, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
        return connection
    }

    private static func serve(_ connection: Int32, _ number: inout Int, _ stopping: Flag, _ script: Script) {
        var pending: [UInt8] = []
        while isReady(connection, stopping) {
            var piece = [UInt8](repeating: 0, count: 4096)
            let count = recv(connection, &piece, piece.count, 0)
            guard count > 0 else { return }
            pending += piece[..<count]
            while pending.count >= 6, pending.count >= 6 + Int(pending[5]) {
                let request = Array(pending.prefix(6 + Int(pending[5])))
                pending.removeFirst(request.count)
                defer { number += 1 }
                for step in script(number, request) {
                    guard perform(step, on: connection, stopping) else { return }
                }
            }
        }
    }

    private static func perform(_ step: Step, on connection: Int32, _ stopping: Flag) -> Bool {
        switch step {
        case .send(let bytes): return send(connection, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count
        case .trickle(let bytes, let milliseconds):
            for byte in bytes {
                guard !stopping.load(), send(connection, [byte], 1, Int32(MSG_NOSIGNAL)) == 1 else { return false }
                usleep(milliseconds * 1000)
            }
            return true
        case .close: return false
        case .goDeaf:
            while !stopping.load() { usleep(5000) }
            return false
        }
    }
}

/// The reply to a request for registers, made wrong in one place or none.
struct Reply {
    var transaction: UInt16
    var protocolNumber: UInt16 = 0
    var unit: UInt8
    var data: [UInt8]
    /// What the header says; the truth when nil.
    var length: UInt16?

    /// A right answer to a read: register n of the answer holds n + 1.
    init(_ request: [UInt8]) {
        transaction = UInt16(request[0]) << 8 | UInt16(request[1])
        unit = request[6]
        let count = Int(request[10]) << 8 | Int(request[11])
        data = [request[7], UInt8(2 * count)] + (1...count).flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] }
    }

    func with(_ change: (inout Reply) -> Void) -> Reply {
        var copy = self
        change(&copy)
        return copy
    }

    var bytes: [UInt8] {
        let length = self.length ?? UInt16(data.count + 1)
        return [transaction, protocolNumber, length].flatMap { [UInt8($0 >> 8), UInt8(truncatingIfNeeded: $0)] }
            + [unit] + data
    }
}
