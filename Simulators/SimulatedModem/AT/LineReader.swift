/// Makes lines and messages of a port's bytes.
package struct LineReader: Equatable, Sendable {
    package enum Input: Equatable, Sendable {
        case line(String)
        /// nil when it was cancelled with ESC.
        case message(String?)
    }

    /// Bytes of the longest line; what is beyond is forgotten.
    private static let longest = 4096

    private var text: [UInt8] = []

    package init() {}

    package mutating func receive(_ byte: UInt8, isMessage: Bool) -> Input? {
        switch byte {
        case 0x1A where isMessage: return .message(take())
        case 0x1B where isMessage:
            _ = take()
            return .message(nil)
        case UInt8(ascii: "\r") where !isMessage: return line()
        case UInt8(ascii: "\n") where !isMessage: return nil
        case 0x08, 0x7F: _ = text.popLast()
        default: if text.count < Self.longest { text.append(byte) }
        }
        return nil
    }

    private mutating func line() -> Input? {
        let line = take()
        return line.isEmpty ? nil : .line(line)
    }

    private mutating func take() -> String {
        defer { text.removeAll(keepingCapacity: true) }
        return String(decoding: text, as: UTF8.self)
    }
}
