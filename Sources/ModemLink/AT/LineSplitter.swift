/// One line of what a modem says.
package enum ATLine: Hashable, Sendable {
    case text(String)
    /// It waits for the text of a message: `> `.
    case prompt
    /// A line longer than any modem's, of which nothing was kept.
    case overlong
}

/// Cuts a modem's bytes into lines. A pure value: what it keeps is bounded, whatever comes.
package struct LineSplitter: Sendable {
    /// Longer than any reply; a short message of 255 bytes takes 510.
    package static let longest = 4096

    private var pending: [UInt8] = []
    private var isOverlong = false

    package init() {}

    /// Bytes kept of the line that has begun; never more than `longest`.
    package var kept: Int { pending.count }

    /// The lines that these bytes complete. Empty ones are no lines.
    package mutating func consume(_ bytes: some Sequence<UInt8>) -> [ATLine] {
        var lines: [ATLine] = []
        for byte in bytes {
            switch byte {
            case 0x0D, 0x0A: if let line = take() { lines.append(line) }
            // Lines of noise and modems that start send these.
            case 0: continue
            default: append(byte)
            }
            if pending.count == 2, pending == [UInt8(ascii: ">"), UInt8(ascii: " ")] {
                pending.removeAll(keepingCapacity: true)
                lines.append(.prompt)
            }
        }
        return lines
    }

    /// Forgets the line that has begun: another connection begins.
    package mutating func reset() {
        pending.removeAll()
        isOverlong = false
    }

    private mutating func append(_ byte: UInt8) {
        guard !isOverlong else { return }
        guard pending.count < Self.longest else {
            isOverlong = true
            pending.removeAll()
            return
        }
        pending.append(byte < 0x20 || byte == 0x7F ? UInt8(ascii: "?") : byte)
    }

    private mutating func take() -> ATLine? {
        defer {
            pending.removeAll(keepingCapacity: true)
            isOverlong = false
        }
        if isOverlong { return .overlong }
        while pending.last == 0x20 { pending.removeLast() }
        return pending.isEmpty ? nil : .text(String(decoding: pending, as: UTF8.self))
    }
}
