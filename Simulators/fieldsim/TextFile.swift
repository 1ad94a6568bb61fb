import CSystem
import Glibc
import SimulatorKit

/// Whole files of text.
enum TextFile {
    static func read(_ path: String) throws(SystemFault) -> String {
        let fd = try SystemFault.check(fg_open(path, O_RDONLY, 0), path)
        defer { close(fd) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = try SystemFault.checkErrno(Int32(Glibc.read(fd, &piece, piece.count)), path)
            guard count > 0 else { return String(decoding: bytes, as: UTF8.self) }
            bytes += piece[0..<Int(count)]
        }
    }

    static func write(_ text: String, to path: String) throws(SystemFault) {
        let fd = try SystemFault.check(fg_open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o644), path)
        defer { close(fd) }
        var left = Array(text.utf8)[...]
        while !left.isEmpty {
            let count = left.withUnsafeBytes { Glibc.write(fd, $0.baseAddress, $0.count) }
            left = left.dropFirst(Int(try SystemFault.checkErrno(Int32(count), path)))
        }
    }
}
