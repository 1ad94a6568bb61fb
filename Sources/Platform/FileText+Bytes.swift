import CSystem

extension FileText {
    /// Replaces the file at once and durably: a crash leaves the old bytes or the new.
    package static func replace(_ path: String, with bytes: [UInt8]) throws(SystemError) {
        let draft = path + ".new"
        let descriptor = try SystemError.check(fg_open(draft, O_WRONLY | O_CREAT | O_TRUNC, 0o640))
        let written = CSystem.write(descriptor, bytes, bytes.count)
        let failed = written != bytes.count || fsync(descriptor) < 0
        let code = fg_errno()
        close(descriptor)
        guard !failed, rename(draft, path) == 0 else {
            unlink(draft)
            throw SystemError(code: failed ? code : fg_errno())
        }
    }

    /// Adds bytes durably; a crash leaves them whole or not at all, or their beginning.
    package static func append(bytes: [UInt8], to path: String) throws(SystemError) {
        let descriptor = try SystemError.check(fg_open(path, O_WRONLY | O_CREAT | O_APPEND, 0o640))
        defer { close(descriptor) }
        guard CSystem.write(descriptor, bytes, bytes.count) == bytes.count, fdatasync(descriptor) == 0 else {
            throw SystemError(code: fg_errno())
        }
    }
}
