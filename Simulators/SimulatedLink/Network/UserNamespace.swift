import CSystem
import Glibc
import SimulatorKit

/// The home of a network without root: a process that holds a user, a mount and a network namespace open, and a state
/// file that names it.
package struct UserNamespace {
    private let prefix: String

    package init(prefix: String) { self.prefix = prefix }

    private var stateFile: String {
        let folder = getenv("XDG_RUNTIME_DIR").map { String(cString: $0) } ?? "/tmp"
        return "\(folder)/fieldsim-net-\(geteuid())-\(prefix).pid"
    }

    /// The holder's process number, nil when there is none.
    package var holder: pid_t? {
        let words = Self.text(of: stateFile).split(separator: " ")
        guard words.count == 2, let pid = pid_t(words[0]), Self.startTime(pid) == String(words[1]) else { return nil }
        return pid
    }

    /// Starts the holder unless it is there.
    package func start() throws(SystemFault) {
        guard holder == nil else { return }
        try Privilege.checkTun()
        let setUp = "mount -t tmpfs none /run && mkdir -p /run/netns && echo ready && exec sleep infinity"
        let script = "unshare --user --map-root-user --net --mount sh -c '\(setUp)' </dev/null 2>&1 & echo $!; wait"
        let result = try Self.firstLines(script)
        guard let pid = result.pid, result.ready, let time = Self.startTime(pid) else {
            throw SystemFault(
                """
                a user namespace can't be had: \(result.words). Remedy, as root: sysctl -w user.max_user_namespaces=10000 \
                (and, where they exist, kernel.unprivileged_userns_clone=1, \
                kernel.apparmor_restrict_unprivileged_userns=0); or run 'fieldsim net up' as root
                """)
        }
        let fd = try SystemFault.check(fg_open(stateFile, O_WRONLY | O_CREAT | O_TRUNC, 0o600), stateFile)
        let bytes = Array("\(pid) \(time)".utf8)
        _ = write(fd, bytes, bytes.count)
        close(fd)
    }

    /// Ends the holder, and with it everything inside that no other process keeps.
    package func stop() {
        if let holder { kill(holder, SIGKILL) }
        unlink(stateFile)
    }

    /// Runs this same program again, with its arguments, inside; as root over what is inside.
    package func enter(_ arguments: [String]) throws(SystemFault) -> Never {
        guard let holder else {
            throw SystemFault("no network of prefix \(prefix) is up for this user: run 'fieldsim net up' first")
        }
        let program = Self.link("/proc/self/exe")
        try ChildProcess.become(
            ["nsenter", "-t", "\(holder)", "-U", "-m", "-n", "--preserve-credentials", "--", program] + arguments)
    }

    /// How a person enters it without fieldsim.
    package var hint: String {
        holder.map { "nsenter -t \($0) -U -m -n --preserve-credentials ip netns exec \(prefix)-gateway COMMAND" } ?? ""
    }

    /// A shell starts the holder in a session of its own, so that no terminal ends it.
    private static func firstLines(_ script: String) throws(SystemFault) -> (pid: pid_t?, ready: Bool, words: String) {
        var pipeEnds: [Int32] = [0, 0]
        _ = try SystemFault.checkErrno(pipe(&pipeEnds), "pipe")
        defer { close(pipeEnds[0]) }
        let shell = ["setsid", "sh", "-c", script]
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, pipeEnds[1], 1)
        posix_spawn_file_actions_adddup2(&actions, pipeEnds[1], 2)
        for fd in pipeEnds { posix_spawn_file_actions_addclose(&actions, fd) }
        var arguments: [UnsafeMutablePointer<CChar>?] = shell.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        var shellPid: pid_t = 0
        let code = posix_spawnp(&shellPid, shell[0], &actions, nil, &arguments, fg_environment())
        close(pipeEnds[1])
        guard code == 0 else { throw SystemFault(shell[0], code: code) }
        let lines = readUntilReady(pipeEnds[0])
        return (lines.first.flatMap { pid_t($0) }, lines.contains("ready"), lines.dropFirst().joined(separator: "; "))
    }

    private static func readUntilReady(_ fd: Int32) -> [String] {
        var text = ""
        var piece = [UInt8](repeating: 0, count: 1024)
        while !text.contains("ready\n") {
            let count = read(fd, &piece, piece.count)
            guard count > 0 else { break }
            text += String(decoding: piece[0..<count], as: UTF8.self)
        }
        return text.split(separator: "\n").map(String.init)
    }

    /// Field 22 of /proc/PID/stat: tells a process from a later one of the same number.
    private static func startTime(_ pid: pid_t) -> String? {
        let text = text(of: "/proc/\(pid)/stat")
        guard let end = text.lastIndex(of: ")") else { return nil }
        let words = text[end...].split(separator: " ")
        return words.count > 20 ? String(words[20]) : nil
    }

    private static func text(of path: String) -> String {
        let fd = open(path, O_RDONLY | O_CLOEXEC)
        guard fd >= 0 else { return "" }
        defer { close(fd) }
        var piece = [UInt8](repeating: 0, count: 4096)
        let count = read(fd, &piece, piece.count)
        return String(decoding: piece[0..<max(0, count)], as: UTF8.self)
    }

    private static func link(_ path: String) -> String {
        var piece = [UInt8](repeating: 0, count: 4096)
        let count = piece.withUnsafeMutableBytes { readlink(path, $0.baseAddress!, $0.count) }
        return String(decoding: piece[0..<max(0, count)], as: UTF8.self)
    }
}

extension NetworkNamespace {
    /// Becomes `command` inside the namespace.
    package func become(_ command: [String]) throws(SystemFault) -> Never {
        try ChildProcess.become(["ip", "netns", "exec", name] + command)
    }
}
