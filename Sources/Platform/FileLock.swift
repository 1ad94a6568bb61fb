import CSystem

/// Holds a lock file for as long as it lives: one owner for what stands beside it.
package struct FileLock: ~Copyable {
    private let descriptor: Int32

    /// Throws `EWOULDBLOCK` when another process holds the lock.
    package init(path: String) throws(SystemError) {
        descriptor = try SystemError.check(fg_open(path, O_RDWR | O_CREAT, 0o640))
        do throws(SystemError) {
            try SystemError.check(fg_lock_exclusive(descriptor))
        } catch {
            close(descriptor)
            throw error
        }
        let mark = "\(getpid())\n"
        _ = ftruncate(descriptor, 0)
        _ = mark.withCString { write(descriptor, $0, strlen($0)) }
    }

    deinit {
        close(descriptor)
    }

    /// The process that holds the lock, as far as the file tells.
    package static func holder(path: String) -> Int32? {
        FileText.read(path).flatMap { Int32($0.prefix { $0.isNumber }) }
    }
}
