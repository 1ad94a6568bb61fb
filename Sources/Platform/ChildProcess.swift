import CSystem
import FieldModel

/// A program run to its end: its output bounded, its time limited, and nothing of it left behind.
package struct ChildProcess: Sendable {
    /// How it ended.
    package enum Ending: Hashable, Sendable {
        case exit(code: Int32)
        case signal(Int32)
        /// Its time was over, so it was killed, and with it all that it had started.
        case timeout
    }

    package struct Outcome: Hashable, Sendable {
        package var ending: Ending
        /// The first bytes of standard output and standard error, `outputLimit` of each at most.
        package var output: [UInt8] = []
        package var errors: [UInt8] = []
        /// It wrote more than was kept.
        package var isCut = false

        package var succeeded: Bool { ending == .exit(code: 0) }
        package var outputText: String { String(decoding: output, as: UTF8.self) }
        /// What it complained of, without the last line's end.
        package var errorText: String {
            String(decoding: errors.reversed().drop { $0 == 10 || $0 == 13 }.reversed(), as: UTF8.self)
        }
    }

    /// An absolute path: no search, so nobody's PATH decides what runs.
    package var program: String
    package var arguments: [String]
    /// What the program reads; the end of the file follows.
    package var input: [UInt8] = []
    /// Added to this process's own environment, or in place of what is there.
    package var environment: [String: String] = [:]
    package var timeout: Duration
    /// Bytes kept of each output; the rest is read and dropped.
    package var outputLimit = 1 << 20

    package init(_ program: String, _ arguments: [String], timeout: Duration) {
        self.program = program
        self.arguments = arguments
        self.timeout = timeout
    }

    /// Where the system keeps a program; nil when it is not installed.
    package static func find(_ name: String) -> String? {
        ["/usr/sbin/", "/usr/bin/", "/sbin/", "/bin/"].map { $0 + name }.first { access($0, X_OK) == 0 }
    }

    /// Blocks until it has ended, for `timeout` at most. Throws when it cannot be started.
    package func run() throws(SystemError) -> Outcome {
        let deadline = fg_boottime_ns() &+ timeout.wholeNanoseconds
        var output = try CapturedStream()
        var errors = try CapturedStream()
        let standardInput = Descriptor(try SystemError.check(fg_memory_file(input, input.count)))
        let child = try spawn(standardInput.number, output.writer.number, errors.writer.number)
        output.writer.close()
        errors.writer.close()
        let ended = Descriptor(fg_process_descriptor(child))
        let inTime = follow(&output, &errors, ended.number, until: deadline)
        if !inTime { kill(-child, SIGKILL) }
        let status = fg_wait(child)
        // What a child of the child still writes after the end is nobody's.
        _ = output.drain(limit: outputLimit)
        _ = errors.drain(limit: outputLimit)
        let ending: Ending = !inTime ? .timeout : status < 256 ? .exit(code: status) : .signal(status - 256)
        return Outcome(
            ending: ending, output: output.bytes, errors: errors.bytes, isCut: output.isCut || errors.isCut)
    }

    /// Reads both outputs until the process has ended; false when the deadline came first.
    private func follow(
        _ output: inout CapturedStream, _ errors: inout CapturedStream, _ ended: Int32, until deadline: Int64
    ) -> Bool {
        while true {
            let left = deadline &- fg_boottime_ns()
            guard left > 0 else { return false }
            var waiting = [output.reader.number, errors.reader.number, ended].map {
                pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
            }
            let milliseconds = Int32(clamping: (left + 999_999) / 1_000_000)
            guard poll(&waiting, nfds_t(waiting.count), milliseconds) > 0 else { continue }
            if waiting[0].revents != 0, output.drain(limit: outputLimit) { output.reader.close() }
            if waiting[1].revents != 0, errors.drain(limit: outputLimit) { errors.reader.close() }
            // A kernel without pidfd_open tells by the end of both outputs.
            let silent = output.reader.number < 0 && errors.reader.number < 0
            if waiting[2].revents != 0 || (ended < 0 && silent) { return true }
        }
    }

    private func spawn(_ input: Int32, _ output: Int32, _ errors: Int32) throws(SystemError) -> Int32 {
        let words = CStrings([program] + arguments)
        let surroundings = CStrings(Self.inherited(but: environment) + environment.map { "\($0.key)=\($0.value)" })
        return try SystemError.check(fg_spawn(program, words.pointers, surroundings.pointers, input, output, errors))
    }

    private static func inherited(but changes: [String: String]) -> [String] {
        guard var entry = fg_environment() else { return [] }
        var kept: [String] = []
        while let text = entry.pointee.map({ String(cString: $0) }) {
            if changes[String(text.prefix { $0 != "=" })] == nil { kept.append(text) }
            entry += 1
        }
        return kept
    }
}

/// One output of a child: a pipe, and what came through it.
private struct CapturedStream: ~Copyable {
    var reader: Descriptor
    var writer: Descriptor
    var bytes: [UInt8] = []
    var isCut = false

    init() throws(SystemError) {
        var ends: [Int32] = [-1, -1]
        try SystemError.check(fg_pipe(&ends))
        reader = Descriptor(ends[0])
        writer = Descriptor(ends[1])
    }

    /// Reads what is there; true when nothing will follow.
    mutating func drain(limit: Int) -> Bool {
        guard reader.number >= 0 else { return true }
        var buffer = [UInt8](repeating: 0, count: 16_384)
        while true {
            let count = read(reader.number, &buffer, buffer.count)
            if count < 0 { return fg_errno() != EAGAIN && fg_errno() != EINTR }
            guard count > 0 else { return true }
            let kept = min(count, limit - bytes.count)
            bytes.append(contentsOf: buffer[..<kept])
            isCut = isCut || kept < count
            // Endless output must not keep the deadline from being looked at.
            if kept < count { return false }
        }
    }
}

/// A descriptor that is closed when it is let go.
private struct Descriptor: ~Copyable {
    private(set) var number: Int32

    init(_ number: Int32) {
        self.number = number
    }

    mutating func close() {
        if number >= 0 { _ = CSystem.close(number) }
        number = -1
    }

    deinit {
        if number >= 0 { _ = CSystem.close(number) }
    }
}

/// A null-terminated list of C strings.
private final class CStrings {
    let pointers: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
    private let count: Int

    init(_ words: [String]) {
        count = words.count
        pointers = .allocate(capacity: count + 1)
        for (index, word) in words.enumerated() { pointers[index] = strdup(word) }
        pointers[count] = nil
    }

    deinit {
        for index in 0..<count { free(pointers[index]) }
        pointers.deallocate()
    }
}
