import CSystem
import Platform

/// Lines for people and for programs.
enum Terminal {
    static var isInteractive: Bool { isatty(STDOUT_FILENO) == 1 }

    static func say(_ text: String) { put(text + "\n", STDOUT_FILENO) }
    static func complain(_ text: String) { put(text + "\n", STDERR_FILENO) }

    /// Draws a page over the one before.
    static func page(_ text: String) { put("\u{1B}[H\u{1B}[2J" + text + "\n", STDOUT_FILENO) }

    private static func put(_ text: String, _ file: Int32) {
        let bytes = Array(text.utf8)
        _ = write(file, bytes, bytes.count)
    }

    /// What somebody has typed, nil as long as there is no whole line; an empty text at the end of input.
    static func line(within milliseconds: Int32) -> String? {
        var waiting = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
        guard poll(&waiting, 1, milliseconds) > 0 else { return nil }
        var buffer = [UInt8](repeating: 0, count: 256)
        let count = read(STDIN_FILENO, &buffer, buffer.count)
        guard count > 0 else { return "" }
        return String(decoding: buffer[..<count].prefix { $0 != 10 && $0 != 13 }, as: UTF8.self)
    }
}

/// Control-C and a polite kill, seen when they are looked for.
struct Interrupts {
    private let descriptor: Int32

    /// Before any thread is started: those inherit the mask.
    init() { descriptor = fg_signal_descriptor(SIGINT, SIGTERM) }

    /// Whether one came since the last look.
    func came() -> Bool {
        var record = [UInt8](repeating: 0, count: 128)
        return descriptor >= 0 && read(descriptor, &record, record.count) > 0
    }
}
