import PeerTesting

/// A file system in memory, of a size of its own. It is gone with the object.
final class MountedFolder: Sendable {
    let folder: TemporaryFolder
    let path: String

    init(size: String) async throws {
        folder = try TemporaryFolder()
        path = folder.path
        let mount = try await Peer.run(
            "mount", ["-t", "tmpfs", "-o", "size=\(size)", "tmpfs", path], in: TemporaryFolder())
        guard mount.code == 0 else { throw Refused(words: mount.text) }
    }

    deinit {
        // Whatever still has a file open there keeps it until it closes it.
        guard let umount = try? Peer("umount", ["-l", path], in: TemporaryFolder()) else { return }
        while umount.isRunning {}
    }

    func remount(_ options: String) async throws {
        let mount = try await Peer.run("mount", ["-o", "remount,\(options)", path], in: TemporaryFolder())
        guard mount.code == 0 else { throw Refused(words: mount.text) }
    }

    /// Mounting takes rights that many test machines do not give.
    static func isPermitted() async -> Bool { (try? await MountedFolder(size: "64k")) != nil }

    struct Refused: Error {
        var words: String
    }
}
