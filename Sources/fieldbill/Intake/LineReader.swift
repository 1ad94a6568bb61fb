import CSystem
import Platform

/// A file's lines, a piece of the file in memory at a time.
struct LineReader: ~Copyable {
    /// Longer ones are no records: they are given out cut.
    static let longest = 1 << 16

    private let descriptor: Int32
    private var buffer: [UInt8] = []
    private var start = 0
    private var isAtEnd = false
    /// The last line had no end: it may have been cut off.
    private(set) var isTorn = false
    private(set) var number = 0

    /// `-` is standard input.
    init(_ path: String) throws(SystemError) {
        descriptor = path == "-" ? dup(STDIN_FILENO) : try SystemError.check(fg_open(path, O_RDONLY, 0))
    }

    deinit { close(descriptor) }

    /// Nil at the end.
    mutating func next() throws(SystemError) -> [UInt8]? {
        var searched = start
        while true {
            if let end = buffer[searched...].firstIndex(of: UInt8(ascii: "\n")) {
                defer { start = end + 1 }
                number += 1
                return Array(buffer[start..<end])
            }
            searched = buffer.count
            if isAtEnd || buffer.count - start > Self.longest {
                guard start < buffer.count else { return nil }
                isTorn = isAtEnd
                defer { start = buffer.count }
                number += 1
                return Array(buffer[start...])
            }
            searched -= start
            try fill()
        }
    }

    private mutating func fill() throws(SystemError) {
        buffer.removeFirst(start)
        start = 0
        let before = buffer.count
        let piece = 1 << 18
        buffer.append(contentsOf: repeatElement(0, count: piece))
        let count = buffer.withUnsafeMutableBytes { read(descriptor, $0.baseAddress.map { $0 + before }, piece) }
        buffer.removeLast(piece - max(0, count))
        guard count >= 0 else { throw SystemError(code: fg_errno()) }
        isAtEnd = count == 0
    }
}
