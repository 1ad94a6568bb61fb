import CSystem
import FieldModel
import Platform
import Telemetry

/// The admin socket: one line asks, one line answers.
final class AdminServer: Sendable {
    private let stopping = Flag()
    private let path: String
    private let thread: OwnerThread

    init(path: String, answer: @escaping @Sendable (String) -> String) throws(StartFault) {
        self.path = path
        let listener = try Self.listen(path)
        let stopping = self.stopping
        do throws(SystemError) {
            thread = try OwnerThread(name: "admin") {
                while !stopping.load() { Self.serve(listener, answer) }
                close(listener)
            }
        } catch {
            throw .system("no thread for the admin socket: \(error)")
        }
    }

    func stop() {
        stopping.store(true)
        thread.join()
        unlink(path)
    }

    private static func listen(_ path: String) throws(StartFault) -> Int32 {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_un()
        let length = fg_unix_address(&address, path)
        // Whoever left a socket there no longer holds the spool's lock, so it is nobody's. Another file is somebody's.
        if fg_is_socket(path) == 1 { unlink(path) }
        let bound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(max(0, length)))
            }
        }
        guard length > 0, bound == 0, chmod(path, 0o660) == 0, CSystem.listen(descriptor, 8) == 0 else {
            let reason = SystemError.text(fg_errno())
            throw .system("the admin socket \(path) cannot be made: \(reason); name another with admin.socket")
        }
        return descriptor
    }

    /// Waits half a second for somebody, and gives them a second to ask.
    private static func serve(_ listener: Int32, _ answer: (String) -> String) {
        var watch = pollfd(fd: listener, events: Int16(POLLIN), revents: 0)
        guard poll(&watch, 1, 500) > 0 else { return }
        let client = accept(listener, nil, nil)
        guard client >= 0 else { return }
        defer { close(client) }
        var limit = timeval(tv_sec: 1, tv_usec: 0)
        setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(client, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var buffer = [UInt8](repeating: 0, count: 256)
        let count = recv(client, &buffer, buffer.count, 0)
        guard count > 0 else { return }
        let question = String(decoding: buffer[..<count].prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
        let bytes = Array((answer(question) + "\n").utf8)
        var sent = 0
        while sent < bytes.count {
            let written = bytes.withUnsafeBytes {
                send(client, $0.baseAddress! + sent, bytes.count - sent, Int32(MSG_NOSIGNAL))
            }
            guard written > 0 else { return }
            sent += written
        }
    }
}
