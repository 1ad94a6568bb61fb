import Foundation
import PeerTesting

extension MeteredYard {
    /// What the emulator saw of the path: IP bytes read from the gateway's device, and written to it.
    struct Air: Equatable {
        var up: Int
        var down: Int
        var underWay: Int
    }

    func air() throws -> Air {
        let stats = try object(try ask("link.sock", "stats"))
        let path = ((stats["paths"] as? [String: Any])?["a"] as? [String: Any]) ?? [:]
        func bytes(_ way: String, _ name: String) -> Int {
            (((path[way] as? [String: Any])?[name] as? [String: Any])?["bytes"] as? Int) ?? -1
        }
        func packets(_ way: String) -> Int { (path[way] as? [String: Any])?["under_way"] as? Int ?? 0 }
        return Air(
            up: bytes("up", "offered"), down: bytes("down", "delivered"), underWay: packets("up") + packets("down"))
    }

    /// IP bytes that went up so far to a port of the cloud's.
    func up(to port: Int) throws -> Int {
        let flows = try object(try ask("link.sock", "stats flows"))["flows"] as? [[String: Any]] ?? []
        return flows.filter { $0["direction"] as? String == "up" && $0["destination_port"] as? Int == port }
            .reduce(0) { $0 + ((($1["delivered"] as? [String: Any])?["bytes"] as? Int) ?? 0) }
    }

    @discardableResult
    func tellModem(_ command: String) throws -> [String: Any] { try object(try ask("modem.sock", command)) }

    /// A control command of a simulator: one line there, one line back.
    func ask(_ name: String, _ command: String) throws -> String {
        let socket = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(socket) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(folder.path(name).utf8)) }
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        let line = Array("\(command)\n".utf8)
        guard status == 0, send(socket, line, line.count, Int32(MSG_NOSIGNAL)) == line.count else {
            throw Missing(what: "nobody answers at \(name)")
        }
        var reply: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while reply.last != UInt8(ascii: "\n") {
            let count = recv(socket, &buffer, buffer.count, 0)
            guard count > 0 else { break }
            reply += buffer[..<count]
        }
        let text = String(decoding: reply, as: UTF8.self)
        guard text.contains("\"ok\":true") else { throw Missing(what: "\(command): \(text)") }
        return text
    }
}
