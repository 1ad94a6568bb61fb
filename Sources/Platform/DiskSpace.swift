import CSystem

/// The file system a path is on.
package struct DiskSpace: Sendable {
    package var freeBytes: UInt64
    package var totalBytes: UInt64
    package var freeFiles: UInt64
    package var isReadOnly: Bool

    package init(of path: String) throws(SystemError) {
        var information = statvfs()
        guard statvfs(path, &information) == 0 else { throw SystemError(code: fg_errno()) }
        freeBytes = UInt64(information.f_bavail) * UInt64(information.f_frsize)
        totalBytes = UInt64(information.f_blocks) * UInt64(information.f_frsize)
        freeFiles = UInt64(information.f_favail)
        isReadOnly = information.f_flag & UInt(ST_RDONLY) != 0
    }
}
