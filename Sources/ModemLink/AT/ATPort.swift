import CSystem
import FieldModel
import Platform

/// One port of a modem, open or not: a serial line, or a unix socket (a path, or `@name` in the abstract space).
package final class ATPort {
    private let time: any TimeSource
    private var descriptor: Int32 = -1
    private var isTerminal = false
    /// Where it is open, or was.
    package private(set) var path = ""

    package init(time: any TimeSource) {
        self.time = time
    }

    deinit { close() }

    package var isOpen: Bool { descriptor >= 0 }

    /// The ports there are now, in the order of the candidates: paths, patterns with `*`, `?` and `[…]`, `@name`s.
    package static func resolve(_ candidates: [String]) -> [String] {
        var found: [String] = []
        for candidate in candidates {
            let paths = candidate.hasPrefix("@") ? [candidate] : matches(candidate)
            for path in paths where !found.contains(path) { found.append(path) }
        }
        return found
    }

    private static func matches(_ pattern: String) -> [String] {
        var list = glob_t()
        defer { globfree(&list) }
        guard glob(pattern, 0, nil, &list) == 0 else { return [] }
        return (0..<Int(list.gl_pathc)).compactMap { list.gl_pathv[$0].map { String(cString: $0) } }
    }

    package func open(_ path: String) throws(ModemFault) {
        close()
        self.path = path
        isTerminal = !path.hasPrefix("@") && fg_is_socket(path) != 1
        let result = isTerminal ? fg_open_terminal(path) : fg_connect_unix(path)
        guard result >= 0 else { throw .absent(PortTrouble.text(path, -result)) }
        descriptor = result
    }

    package func close() {
        guard isOpen else { return }
        if isTerminal { fg_close_terminal(descriptor) } else { _ = CSystem.close(descriptor) }
        descriptor = -1
    }

    /// Waits for bytes until `deadline`; none are there when it is over.
    package func read(until deadline: Instant, into buffer: inout [UInt8]) throws(ModemFault) -> Int {
        while true {
            guard isOpen else { throw .absent("\(path) is not open") }
            let count = CSystem.read(descriptor, &buffer, buffer.count)
            if count > 0 { return count }
            let code = count == 0 ? ENODEV : fg_errno()
            // A terminal's end of file is its other side's absence.
            guard code == EAGAIN || code == EINTR else { throw gone(code) }
            guard try wait(POLLIN, until: deadline) else { return 0 }
        }
    }

    package func write(_ bytes: [UInt8], until deadline: Instant) throws(ModemFault) {
        var rest = bytes[...]
        while !rest.isEmpty {
            guard isOpen else { throw .absent("\(path) is not open") }
            let count = rest.withUnsafeBytes { bytes in
                isTerminal
                    ? CSystem.write(descriptor, bytes.baseAddress, bytes.count)
                    : send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
            }
            if count > 0 {
                rest = rest.dropFirst(count)
            } else {
                let code = fg_errno()
                guard count < 0, code == EAGAIN || code == EINTR else { throw gone(code) }
                guard try wait(POLLOUT, until: deadline) else {
                    throw .timeout("\(path) takes no bytes: the modem reads nothing; it hangs, or needs a reset")
                }
            }
        }
    }

    /// False when the deadline came first.
    private func wait(_ events: Int32, until deadline: Instant) throws(ModemFault) -> Bool {
        let left = deadline.nanoseconds &- time.now().nanoseconds
        guard left > 0 else { return false }
        var waiting = pollfd(fd: descriptor, events: Int16(events), revents: 0)
        let status = poll(&waiting, 1, Int32(clamping: (left + 999_999) / 1_000_000))
        // What came before a hang-up can still be read; the hang-up alone is the end.
        if status > 0, Int32(waiting.revents) & events == 0 { throw gone(EIO) }
        return true
    }

    private func gone(_ code: Int32) -> ModemFault {
        close()
        return .absent("\(path) went away (\(SystemError.text(code))): the modem was unplugged, lost power or restarts")
    }
}

/// Why a port cannot be opened, and what to do about it.
enum PortTrouble {
    static func text(_ path: String, _ code: Int32) -> String {
        switch code {
        case EBUSY:
            "\(path) is held by another process; most often it is ModemManager, which takes every modem it finds: stop it "
                + "(systemctl stop ModemManager), make it leave this modem alone (udev: ENV{ID_MM_DEVICE_IGNORE}=\"1\"), "
                + "or use it as the driver; `fuser -v \(path)` names the process"
        case EACCES, EPERM:
            "\(path) must not be opened by this user: add it to the group of the port (`ls -l \(path)`), mostly dialout"
        case ENOENT, ENODEV, ENXIO, ECONNREFUSED:
            "\(path) is not there: is the modem plugged in and powered? `ls -l /dev/serial/by-id` shows what is"
        case ENOTTY: "\(path) is no serial port: name a port of the modem"
        default: "\(path) cannot be opened: \(SystemError.text(code))"
        }
    }
}
