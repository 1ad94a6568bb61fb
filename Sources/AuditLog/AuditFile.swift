import CSystem
import FieldModel
import JSONText
import Platform

/// The trail's file: lines at its end, with room kept for what must be recorded on a full disk.
final class AuditFile {
    /// Kept beyond the end, and asked for again when less than half of it is left.
    static let reserve: Int64 = 512 * 1024

    private let descriptor: Int32
    private var length: Int64
    private var reserved: Int64 = 0
    private var writer = JSONWriter()

    /// The file's lines, without a last one that a crash cut off: it is taken away.
    static func open(_ path: String) throws(SystemError) -> (AuditFile, lines: [String], torn: Bool) {
        let text = FileText.size(path) == nil ? [] : try FileText.bytes(path)
        let end = (text.lastIndex(of: UInt8(ascii: "\n")) ?? -1) + 1
        let descriptor = try SystemError.check(fg_open(path, O_RDWR | O_CREAT, 0o640))
        let torn = end < text.count
        if torn { ftruncate(descriptor, Int(end)) }
        let lines = String(decoding: text[..<end], as: UTF8.self).split(separator: "\n").map(String.init)
        return (AuditFile(descriptor, length: Int64(end)), lines, torn)
    }

    private init(_ descriptor: Int32, length: Int64) {
        self.descriptor = descriptor
        self.length = length
    }

    deinit { close(descriptor) }

    /// Whether the disk gives room for records to come.
    func keepRoom() -> Bool {
        guard reserved - length < Self.reserve / 2 else { return true }
        guard fg_preallocate(descriptor, length, Self.reserve) == 0 else { return false }
        reserved = length + Self.reserve
        return true
    }

    /// Durable when it returns.
    func append(_ records: [[EventBatch.Field]]) throws(SystemError) {
        writer.clear()
        for fields in records {
            writer.raw("{")
            for (index, field) in fields.enumerated() {
                if index > 0 { writer.raw(",") }
                writer.string(field.name)
                writer.raw(":")
                writer.value(field.value)
            }
            writer.raw("}\n")
        }
        let count = writer.bytes.count
        let written = pwrite(descriptor, writer.bytes.baseAddress, count, Int(length))
        guard written == count, fdatasync(descriptor) == 0 else {
            let code = fg_errno()
            // What came of it would be a torn line in the middle.
            ftruncate(descriptor, Int(length))
            throw SystemError(code: written >= 0 && code == 0 ? ENOSPC : code)
        }
        length += Int64(count)
    }
}
