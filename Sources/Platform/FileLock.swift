import CSystem

/// Holds a lock file for as long as it lives: one owner for what stands beside it.
package struct FileLock: ~Copyable {
    private let descriptor: Int32

    private init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    /// Throws `EWOULDBLOCK` when another process holds the lock.
    package static func take(path: String) throws(SystemError) -> FileLock {
        let descriptor = try SystemError.check(fg_open(path, O_RDWR | O_CREAT, 0o640))
        let status = fg_lock_exclusive(descriptor)
        guard status == 0 else {
            close(descriptor)
            throw SystemError(code: -status)
        }
        let mark = "\(getpid())\n"
        _ = ftruncate(descriptor, 0)
        _ = mark.withCString { write(descriptor, $0, strlen($0)) }
        return FileLock(descriptor: descriptor)
    }

    deinit {
        // A child between fork and exec has the descriptor too, and closing ours alone would leave the lock with it.
        fg_unlock(descriptor)
        close(descriptor)
    }

    /// The process that holds the lock, as far as the file tells.
    package static func holder(path: String) -> Int32? {
        FileText.read(path).flatMap { Int32($0.prefix { $0.isNumber }) }
    }
}
