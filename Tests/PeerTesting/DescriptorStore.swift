import CSystem
import FieldGateTesting
import Foundation

/// Stands in for the service manager's descriptor store: SCM_RIGHTS, FDSTORE, FDNAME, FDPOLL, FDSTOREREMOVE, BARRIER on
/// one side, LISTEN_PID, LISTEN_FDS, LISTEN_FDNAMES on the other. Like the original it drops what errs, unless it was told
/// not to look.
///
/// `@unchecked Sendable`: what is kept is used under the lock.
package final class DescriptorStore: @unchecked Sendable {
    private struct Kept {
        var name: String
        var descriptor: Int32
        var isWatched: Bool
    }

    package let path: String
    private let folder: TemporaryFolder
    private let socket: Int32
    private let lock = NSLock()
    private var kept: [Kept] = []
    private var words: [String] = []
    private var isEnding = false
    private let ended = DispatchSemaphore(value: 0)

    package init(in folder: TemporaryFolder) throws {
        self.folder = folder
        path = folder.path("notify")
        socket = CSystem.socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_un()
        let length = fg_unix_address(&address, path)
        let bound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(socket, $0, socklen_t(length)) }
        }
        guard bound == 0 else { throw POSIXError(.EADDRINUSE) }
        Thread.detachNewThread { [self] in serve() }
    }

    /// Call at the end: the thread holds the object.
    package func close() {
        lock.withLock { isEnding = true }
        ended.wait()
        CSystem.close(socket)
        for entry in lock.withLock({ kept }) { CSystem.close(entry.descriptor) }
    }

    package var names: [String] { lock.withLock { kept.map(\.name) } }
    package var said: [String] { lock.withLock { words } }

    /// Puts something into the store, as an earlier process would have.
    package func put(_ name: String, _ descriptor: Int32, isWatched: Bool = false) {
        lock.withLock { kept.append(Kept(name: name, descriptor: descriptor, isWatched: isWatched)) }
    }

    package func remove(_ name: String) {
        lock.withLock { drop { $0.name == name } }
    }

    /// Starts a program in a network namespace with everything that is kept, from descriptor 3 on.
    package func start(_ arguments: [String], namespace: String) throws -> StoredProcess {
        let entries = lock.withLock { kept }
        let script = "export LISTEN_PID=$$; exec \"$@\""
        let words = ["/usr/sbin/ip", "netns", "exec", namespace, "/bin/sh", "-c", script, "sh"] + arguments
        return try StoredProcess(
            words,
            environment: [
                "NOTIFY_SOCKET=\(path)", "LISTEN_FDS=\(entries.count)",
                "LISTEN_FDNAMES=\(entries.map(\.name).joined(separator: ":"))",
            ], descriptors: entries.map(\.descriptor), output: folder.path("netd-\(UUID().uuidString)"))
    }

    private func serve() {
        while !lock.withLock({ isEnding }) {
            var watch = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
            if poll(&watch, 1, 20) == 1 { receive() }
            lock.withLock { dropErring() }
        }
        ended.signal()
    }

    private func receive() {
        var buffer = [UInt8](repeating: 0, count: 4096)
        var descriptor: Int32 = -1
        let count = fg_receive_rights(socket, &buffer, buffer.count, &descriptor, 0)
        guard count >= 0 else { return }
        let lines = String(decoding: buffer[..<Int(count)], as: UTF8.self).split(separator: "\n").map(String.init)
        let name = lines.first { $0.hasPrefix("FDNAME=") }.map { String($0.dropFirst(7)) } ?? "stored"
        lock.withLock {
            words += lines
            if lines.contains("FDSTOREREMOVE=1") { drop { $0.name == name } }
            if lines.contains("FDSTORE=1"), descriptor >= 0 {
                kept.append(Kept(name: name, descriptor: descriptor, isWatched: !lines.contains("FDPOLL=0")))
                descriptor = -1
            }
        }
        // Closing it is the answer to BARRIER.
        if descriptor >= 0 { CSystem.close(descriptor) }
    }

    private func dropErring() {
        drop { entry in
            guard entry.isWatched else { return false }
            var watch = pollfd(fd: entry.descriptor, events: 0, revents: 0)
            return poll(&watch, 1, 0) == 1 && watch.revents & Int16(POLLERR | POLLHUP) != 0
        }
    }

    private func drop(_ isGone: (Kept) -> Bool) {
        for entry in kept where isGone(entry) { CSystem.close(entry.descriptor) }
        kept.removeAll { entry in isGone(entry) }
    }
}

/// A process that was started with descriptors; it ends with the object at the latest.
package final class StoredProcess {
    package let pid: pid_t
    private let output: String
    private var isBuried = false

    package init(_ words: [String], environment: [String], descriptors: [Int32], output: String) throws {
        self.output = output
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        // High first, so that none is covered before it is copied.
        let copies = descriptors.map { fcntl($0, F_DUPFD_CLOEXEC, 200) }
        defer { for copy in copies { close(copy) } }
        for (place, copy) in copies.enumerated() { posix_spawn_file_actions_adddup2(&actions, copy, Int32(3 + place)) }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        let inherited = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("LISTEN_") }
        var variables: [UnsafeMutablePointer<CChar>?] =
            (inherited.map { "\($0.key)=\($0.value)" } + environment).map { strdup($0) } + [nil]
        defer { for word in arguments + variables { free(word) } }
        var pid: pid_t = 0
        let code = posix_spawn(&pid, words[0], &actions, &attributes, &arguments, &variables)
        guard code == 0 else { throw POSIXError(POSIXErrorCode(rawValue: code) ?? .EIO) }
        self.pid = pid
    }

    deinit { end(SIGKILL) }

    package var text: String { (try? String(contentsOfFile: output, encoding: .utf8)) ?? "" }

    package func says(_ words: String) async throws {
        try await eventually("netd says '\(words)'; it said: \(text)") { text.contains(words) }
    }

    package func end(_ signal: Int32) {
        guard !isBuried else { return }
        isBuried = true
        kill(pid, signal)
        var status: Int32 = 0
        waitpid(pid, &status, 0)
    }
}
