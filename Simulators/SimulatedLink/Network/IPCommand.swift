import CSystem
import Glibc
import SimulatorKit

/// `ip` of iproute2, as a child process.
enum IPCommand {
    /// Returns its standard output; throws with its words when it fails.
    @discardableResult
    static func run(_ arguments: [String], input: String = "") throws(SystemFault) -> String {
        let what = "ip \(arguments.joined(separator: " "))"
        let result = try ChildProcess.run(["ip"] + arguments, input: input)
        guard result.code == 0 else {
            let words = result.output.split(separator: "\n").joined(separator: "; ")
            throw SystemFault("\(what): \(words.isEmpty ? "failed with \(result.code)" : words)")
        }
        return result.output
    }
}

/// A program that is run to its end.
enum ChildProcess {
    /// Standard output and error in one; `input` is at most what a pipe holds, 64 KiB.
    static func run(_ words: [String], input: String = "") throws(SystemFault) -> (code: Int32, output: String) {
        var toChild: [Int32] = [0, 0]
        var fromChild: [Int32] = [0, 0]
        _ = try SystemFault.checkErrno(pipe(&toChild), "pipe")
        _ = try SystemFault.checkErrno(pipe(&fromChild), "pipe")
        defer { close(fromChild[0]) }
        let pid = try spawn(words, toChild: toChild, fromChild: fromChild)
        close(toChild[0])
        close(fromChild[1])
        let bytes = Array(input.utf8)
        _ = write(toChild[1], bytes, bytes.count)
        close(toChild[1])
        let output = readAll(fromChild[0])
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
        return (status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + status & 0x7F, output)
    }

    private static func spawn(_ words: [String], toChild: [Int32], fromChild: [Int32]) throws(SystemFault) -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, toChild[0], 0)
        posix_spawn_file_actions_adddup2(&actions, fromChild[1], 1)
        posix_spawn_file_actions_adddup2(&actions, fromChild[1], 2)
        for fd in toChild + fromChild { posix_spawn_file_actions_addclose(&actions, fd) }
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        var pid: pid_t = 0
        let code = posix_spawnp(&pid, words[0], &actions, nil, &arguments, fg_environment())
        guard code == 0 else {
            for fd in toChild + [fromChild[1]] { close(fd) }
            throw SystemFault("\(words[0]) (Debian: apt-get install iproute2 util-linux)", code: code)
        }
        return pid
    }

    private static func readAll(_ fd: Int32) -> String {
        var output: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 16_384)
        while true {
            let count = read(fd, &piece, piece.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return String(decoding: output, as: UTF8.self) }
            output.append(contentsOf: piece[0..<count])
        }
    }

    /// Becomes another program; returns only when that can't be.
    static func become(_ words: [String]) throws(SystemFault) -> Never {
        fflush(nil)
        var none = sigset_t()
        sigemptyset(&none)
        sigprocmask(SIG_SETMASK, &none, nil)
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        execvp(words[0], &arguments)
        throw SystemFault(words[0], code: errno)
    }
}
