import CSystem
import Platform

/// Why the running gateway could not be asked, for a person.
struct AdminFault: Error {
    var text: String
}

/// Asks the running gateway one thing over its admin socket.
struct AdminClient {
    let path: String

    /// One line there, one line back.
    func ask(_ request: String) throws(AdminFault) -> String {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw AdminFault(text: "no socket: \(SystemError.text(fg_errno()))") }
        defer { close(descriptor) }
        var address = sockaddr_un()
        let length = fg_unix_address(&address, path)
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                CSystem.connect(descriptor, $0, socklen_t(length))
            }
        }
        guard length > 0, connected == 0 else {
            let reason = SystemError.text(fg_errno())
            throw AdminFault(text: "no gateway answers at \(path) (\(reason)): start it with 'fieldgate run'")
        }
        let line = Array((request + "\n").utf8)
        guard send(descriptor, line, line.count, Int32(MSG_NOSIGNAL)) == line.count else {
            throw AdminFault(text: "the gateway at \(path) hung up")
        }
        return try answer(descriptor)
    }

    private func answer(_ descriptor: Int32) throws(AdminFault) -> String {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while bytes.last != UInt8(ascii: "\n") {
            var watch = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            guard poll(&watch, 1, 5000) > 0 else {
                throw AdminFault(text: "the gateway at \(path) does not answer")
            }
            let count = recv(descriptor, &buffer, buffer.count, 0)
            guard count > 0 else { throw AdminFault(text: "the gateway at \(path) hung up") }
            bytes.append(contentsOf: buffer[..<count])
        }
        return String(decoding: bytes.dropLast(), as: UTF8.self)
    }
}
