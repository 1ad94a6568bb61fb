import FieldGateTesting
import Foundation
import Glibc
import PeerTesting

/// A PostgreSQL server of the tests' own: on a unix socket in a folder of its own, gone when the process ends. The server
/// refuses to run as root, so root lets it run as the user `postgres`.
///
/// `@unchecked Sendable`: made once, and only read afterwards.
package final class PostgresServer: @unchecked Sendable {
    package static var isInstalled: Bool { program("postgres") != nil && program("initdb") != nil }

    /// One for all tests: starting one takes seconds.
    package static let shared = Task { try await PostgresServer() }

    private let folder: TemporaryFolder
    /// For what its programs print: the server's own folder is not ours to write to.
    private let notes: TemporaryFolder
    private let port: UInt16
    private let peer: Peer

    private init() async throws {
        folder = try TemporaryFolder()
        notes = try TemporaryFolder()
        port = UInt16.random(in: 20_000...60_000)
        let data = folder.path("data")
        if geteuid() == 0 { try Self.giveAway(folder.path) }
        let made = try await Peer.run(
            "setpriv", Self.asServer(try Self.need("initdb"), ["-D", data, "-A", "trust", "-U", "postgres", "-N"]),
            in: notes)
        guard made.code == 0 else { throw Failure(text: made.text) }
        let words = [
            "-D", data, "-k", folder.path, "-p", "\(port)", "-c", "listen_addresses=", "-c", "fsync=off", "-c",
            "max_connections=60",
        ]
        peer = try Peer("setpriv", Self.asServer(try Self.need("postgres"), words), in: notes)
        PostgresServer.running = peer.pid
        // SIGQUIT: at once, without leaving a child.
        atexit { kill(PostgresServer.running, SIGQUIT) }
        try await peer.says("database system is ready to accept connections")
    }

    nonisolated(unsafe) private static var running: pid_t = 0

    /// The address of a database that nobody has used yet.
    package func freshDatabase() async throws -> String {
        let name = "test_" + UUID().uuidString.lowercased().replacingOccurrences(of: "-", with: "_")
        let made = try await Peer.run(
            "psql", ["-h", folder.path, "-p", "\(port)", "-U", "postgres", "-c", "CREATE DATABASE \(name)"],
            in: notes)
        guard made.code == 0 else { throw Failure(text: made.text) }
        return "host=\(folder.path) port=\(port) user=postgres dbname=\(name)"
    }

    package struct Failure: Error, CustomStringConvertible {
        package var text: String
        package var description: String { text }
    }

    /// setpriv becomes the program itself, so its process is the server's.
    private static func asServer(_ program: String, _ words: [String]) -> [String] {
        let user = geteuid() == 0 ? ["--reuid=postgres", "--regid=postgres", "--init-groups"] : []
        return user + ["--", program] + words
    }

    private static func giveAway(_ path: String) throws {
        guard let user = getpwnam("postgres") else { throw Failure(text: "there is no user 'postgres'") }
        guard chown(path, user.pointee.pw_uid, user.pointee.pw_gid) == 0, chmod(path, 0o700) == 0 else {
            throw Failure(text: "\(path) cannot be given to the user 'postgres'")
        }
    }

    private static func need(_ name: String) throws -> String {
        guard let path = program(name) else {
            throw Failure(text: "\(name) is not installed: Scripts/install-packages test")
        }
        return path
    }

    /// Debian keeps the server's programs off the PATH, by version.
    private static func program(_ name: String) -> String? {
        let root = "/usr/lib/postgresql"
        let versions = ((try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []).sorted()
        return versions.map { "\(root)/\($0)/bin/\(name)" }.last { FileManager.default.isExecutableFile(atPath: $0) }
    }
}
