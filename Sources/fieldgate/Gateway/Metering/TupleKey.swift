import CSystem
import Crypto
import FieldModel
import Platform

/// The secret that tuples are hashed with in usage records: a plain hash of addresses and ports could be guessed back.
struct TupleKey: Sendable {
    private let key: SymmetricKey
    /// The file was not what it must be, for a person.
    let warning: String?

    /// From the file, or a new one that is kept there, readable for this user alone. `isExpected`: there was one before.
    init(path: String, isExpected: Bool = false) throws(SystemError) {
        let size = FileText.size(path)
        if size == 32 {
            key = SymmetricKey(data: try FileText.bytes(path))
            warning = nil
            return
        }
        let lost = size.map { "has \($0) bytes instead of 32" } ?? "is gone"
        warning =
            size == nil && !isExpected
            ? nil
            : "the secret that addresses are hashed with, \(path), \(lost); a new one is made. Connections that live go on "
                + "as before; what one address does can't be followed across this moment"
        let new = SymmetricKey(size: .bits256)
        let descriptor = try SystemError.check(fg_open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600))
        defer { close(descriptor) }
        let written = new.withUnsafeBytes { CSystem.write(descriptor, $0.baseAddress, $0.count) }
        guard written == 32, fsync(descriptor) == 0 else { throw SystemError(code: fg_errno()) }
        key = new
    }

    /// 32 hexadecimal digits: the first half of HMAC-SHA256 (RFC 2104) over protocol, ports and addresses.
    func fingerprint(_ tuple: Flow.Tuple) -> String {
        var bytes = [tuple.transport, UInt8(tuple.source.count)]
        for port in [tuple.sourcePort, tuple.destinationPort] { bytes += [UInt8(port >> 8), UInt8(port & 0xFF)] }
        bytes += tuple.source
        bytes += tuple.destination
        let digits = Array("0123456789abcdef".utf8)
        let code = HMAC<SHA256>.authenticationCode(for: bytes, using: key)
        return String(
            decoding: code.prefix(16).flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
