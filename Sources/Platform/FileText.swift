import CSystem

/// Small whole files.
package enum FileText {
    /// The file's bytes, or why they cannot be had.
    package static func bytes(_ path: String) throws(SystemError) -> [UInt8] {
        let descriptor = try SystemError.check(fg_open(path, O_RDONLY, 0))
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = CSystem.read(descriptor, &buffer, buffer.count)
            guard count >= 0 else { throw SystemError(code: fg_errno()) }
            guard count > 0 else { return bytes }
            bytes.append(contentsOf: buffer[..<count])
        }
    }

    /// The file's text; nil when it cannot be read.
    package static func read(_ path: String) -> String? {
        (try? bytes(path)).map { String(decoding: $0, as: UTF8.self) }
    }

    /// Replaces the file at once and durably: a crash leaves the old text or the new.
    package static func replace(_ path: String, with text: String, mode: mode_t = 0o640) throws(SystemError) {
        let draft = path + ".new"
        let descriptor = try SystemError.check(fg_open(draft, O_WRONLY | O_CREAT | O_TRUNC, mode))
        let bytes = Array(text.utf8)
        let written = CSystem.write(descriptor, bytes, bytes.count)
        let failed = written != bytes.count || fsync(descriptor) < 0
        let code = fg_errno()
        close(descriptor)
        guard !failed, rename(draft, path) == 0 else {
            unlink(draft)
            throw SystemError(code: failed ? code : fg_errno())
        }
        try syncFolder(of: path)
    }

    /// Makes a new name of the file durable.
    package static func syncFolder(of path: String) throws(SystemError) {
        let folder = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        let descriptor = try SystemError.check(fg_open(folder, O_RDONLY | O_DIRECTORY, 0))
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw SystemError(code: fg_errno()) }
    }

    /// Makes the folder, unless it is there.
    package static func makeFolder(_ path: String) throws(SystemError) {
        guard mkdir(path, 0o750) < 0, fg_errno() != EEXIST else { return }
        throw SystemError(code: fg_errno())
    }

    /// Adds a line durably; a crash leaves it whole or not at all, or its beginning.
    package static func append(_ line: String, to path: String) throws(SystemError) {
        let descriptor = try SystemError.check(fg_open(path, O_WRONLY | O_CREAT | O_APPEND, 0o640))
        defer { close(descriptor) }
        let bytes = Array((line + "\n").utf8)
        guard CSystem.write(descriptor, bytes, bytes.count) == bytes.count, fdatasync(descriptor) == 0 else {
            throw SystemError(code: fg_errno())
        }
    }

    /// Bytes; nil when there is no such file.
    package static func size(_ path: String) -> Int? {
        var information = stat()
        return stat(path, &information) == 0 ? Int(information.st_size) : nil
    }

    package static func move(_ path: String, to other: String) throws(SystemError) {
        guard rename(path, other) == 0 else { throw SystemError(code: fg_errno()) }
    }

    /// Writes to what is there already, as files of the kernel want it: in one piece, without a new file.
    package static func overwrite(_ path: String, with text: String) throws(SystemError) {
        let descriptor = try SystemError.check(fg_open(path, O_WRONLY | O_TRUNC, 0))
        defer { close(descriptor) }
        let bytes = Array(text.utf8)
        guard CSystem.write(descriptor, bytes, bytes.count) == bytes.count else { throw SystemError(code: fg_errno()) }
    }
}

/// Which file it is, whatever its name: another one under the same name differs.
package struct FileIdentity: Hashable, Sendable {
    private var device: UInt64
    private var number: UInt64

    /// Nil when there is no such file.
    package init?(_ path: String) {
        var information = stat()
        guard stat(path, &information) == 0 else { return nil }
        (device, number) = (UInt64(information.st_dev), UInt64(information.st_ino))
    }
}
