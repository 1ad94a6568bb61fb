import FieldGateTesting
import Foundation
import Glibc

/// A process that a test started; it ends with the object at the latest.
///
/// `@unchecked Sendable`: `status` is used by the one test that owns the object.
package final class Peer: @unchecked Sendable {
    package let pid: pid_t
    private let output: String
    private var status: Int32?

    /// Its output, errors included, goes to a file in `folder`.
    package init(_ program: String, _ arguments: [String], in folder: TemporaryFolder) throws {
        guard let path = program.hasPrefix("/") ? program : Place.tool(program) else { throw POSIXError(.ENOENT) }
        output = folder.path("output-\(UUID().uuidString)")
        pid = try Self.spawn(path, [path] + arguments, output: output)
    }

    deinit { kill() }

    package var text: String { (try? String(contentsOfFile: output, encoding: .utf8)) ?? "" }

    package var isRunning: Bool {
        guard status == nil else { return false }
        var raw: Int32 = 0
        if waitpid(pid, &raw, WNOHANG) == pid { status = raw }
        return status == nil
    }

    /// At once, as a power cut ends it.
    package func kill() {
        guard isRunning else { return }
        Glibc.kill(pid, SIGKILL)
        var raw: Int32 = 0
        waitpid(pid, &raw, 0)
        status = raw
    }

    /// Waits until it has printed `text`.
    package func says(_ text: String) async throws {
        try await eventually("process \(pid) says '\(text)'") {
            guard self.text.contains(text) || self.isRunning else { throw Ended(output: self.text) }
            return self.text.contains(text)
        }
    }

    /// Waits for its end; its exit code, or 128 and the number of the signal that ended it.
    package func exit() async throws -> Int32 {
        try await eventually("process \(pid) ends", within: .seconds(60)) { !self.isRunning }
        let raw = status ?? 0
        return raw & 0x7F == 0 ? raw >> 8 & 0xFF : 128 + raw & 0x7F
    }

    /// Runs a program to its end.
    package static func run(
        _ program: String, _ arguments: [String], in folder: TemporaryFolder
    ) async throws -> (code: Int32, text: String) {
        let peer = try Peer(program, arguments, in: folder)
        return (try await peer.exit(), peer.text)
    }

    private struct Ended: Error, CustomStringConvertible {
        var output: String
        var description: String { "the process ended and had said: \(output)" }
    }

    /// With no signal blocked: the threads that tests run on block some, and a child inherits that.
    private static func spawn(_ path: String, _ arguments: [String], output: String) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        var words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var pid: pid_t = 0
        let code = posix_spawn(&pid, path, &actions, &attributes, &words, environ)
        guard code == 0 else { throw POSIXError(POSIXErrorCode(rawValue: code) ?? .EIO) }
        return pid
    }
}
