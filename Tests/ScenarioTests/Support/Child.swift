import Foundation
import Testing

/// A process a test started: its output goes to a file in the test's folder, and it ends with the test.
///
/// Spawned with an empty signal mask: the threads tests run on block SIGTERM, and Foundation's Process hands that on.
///
/// `@unchecked Sendable`: `status` is used from the test's task only.
final class Child: @unchecked Sendable {
    let pid: Int32
    let output: URL
    private var status: Int32?

    init(_ executable: String, _ arguments: [String], in folder: Folder, environment: [String: String] = [:]) throws {
        let path = try Tool.path(executable)
        output = folder.url.appending(path: "\(URL(filePath: executable).lastPathComponent)-\(UUID().uuidString).log")
        let variables = ProcessInfo.processInfo.environment.merging(environment) { _, new in new }
        pid = try Spawn.run(path, arguments, variables.map { "\($0)=\($1)" }, output: output.path)
    }

    deinit {
        if isRunning { kill() }
    }

    var text: String { (try? String(contentsOf: output, encoding: .utf8)) ?? "" }
    var lines: [String] { text.split(separator: "\n").map(String.init) }

    var isRunning: Bool {
        guard status == nil else { return false }
        var raw: Int32 = 0
        if waitpid(pid, &raw, WNOHANG) == pid { status = raw }
        return status == nil
    }

    func signal(_ number: Int32) { Glibc.kill(pid, number) }

    /// Ends it at once, as a power cut would.
    func kill() {
        guard isRunning else { return }
        signal(SIGKILL)
        var raw: Int32 = 0
        waitpid(pid, &raw, 0)
        status = raw
    }

    /// Asks it to stop, and returns its exit code.
    @discardableResult
    func stop() async throws -> Int32 {
        signal(SIGTERM)
        return try await exitCode()
    }

    /// 128 and the signal's number where a signal ended it.
    func exitCode(within seconds: Double = 20) async throws -> Int32 {
        try await eventually("\(output.lastPathComponent), process \(pid), ends", within: seconds) { !self.isRunning }
        let raw = status ?? 0
        return raw & 0x7F == 0 ? raw >> 8 & 0xFF : 128 + raw & 0x7F
    }
}

private enum Spawn {
    static func run(_ path: String, _ arguments: [String], _ environment: [String], output: String) throws -> Int32 {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        let argv = ([path] + arguments).map { strdup($0) } + [nil]
        let envp = environment.map { strdup($0) } + [nil]
        defer { for text in argv + envp { free(text) } }
        var pid: Int32 = 0
        let status = posix_spawn(&pid, path, &actions, &attributes, argv, envp)
        guard status == 0 else {
            throw Missing(what: "\(path) cannot be started: \(String(cString: strerror(status)))")
        }
        return pid
    }
}

/// Where executables are: the products beside the tests, the rest on the PATH.
enum Tool {
    static let products = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    static func path(_ name: String) throws -> String {
        if name.hasPrefix("/") { return name }
        let folders =
            [products.path] + (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map(String.init)
            + ["/usr/sbin"]
        for folder in folders {
            let candidate = "\(folder)/\(name)"
            if FileManager.default.isExecutableFile(atPath: candidate) { return candidate }
        }
        throw Missing(what: "'\(name)' is in none of \(folders.joined(separator: ":"))")
    }

    /// Runs a command to its end and returns what it printed.
    static func run(_ name: String, _ arguments: [String], in folder: Folder) async throws -> (
        code: Int32, text: String
    ) {
        let child = try Child(name, arguments, in: folder)
        let code = try await child.exitCode(within: 60)
        return (code, child.text)
    }
}

struct Missing: Error, CustomStringConvertible {
    var what: String
    var description: String { what }
}

/// A folder of one test, gone with it.
final class Folder: Sendable {
    let url: URL

    init() throws {
        // Short, because unix sockets live in it.
        url = URL(filePath: "/tmp/fgt-\(UInt32.random(in: 0...UInt32.max))")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(at: url)
    }

    func path(_ name: String) -> String { url.appending(path: name).path }

    func write(_ text: String, to name: String) throws -> String {
        try text.write(toFile: path(name), atomically: true, encoding: .utf8)
        return path(name)
    }
}

/// Waits for something that will happen; the limit is only there to end a test that has failed.
func eventually(
    _ what: String, within seconds: Double = 30, sourceLocation: SourceLocation = #_sourceLocation,
    _ condition: () async throws -> Bool
) async throws {
    let deadline = ContinuousClock.now + .seconds(seconds)
    while try await !condition() {
        guard ContinuousClock.now < deadline else {
            Issue.record("after \(seconds) s still not: \(what)", sourceLocation: sourceLocation)
            throw Missing(what: what)
        }
        try await Task.sleep(for: .milliseconds(20))
    }
}
