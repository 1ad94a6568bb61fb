/// Internet addresses as text.
public enum NetworkAddress {
    /// Four decimal numbers without leading zeros (RFC 6943, 3.1.1).
    public static func isV4(_ text: String) -> Bool {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts.allSatisfy { UInt8($0).map(String.init) == String($0) }
    }

    /// Eight groups of hex digits, one run of zero groups left out at most (RFC 4291, 2.2); no embedded IPv4, no zone.
    public static func isV6(_ text: String) -> Bool {
        let halves = halves(of: text)
        guard halves.count <= 2 else { return false }
        let groups = halves.flatMap { $0.isEmpty ? [] : $0.split(separator: ":", omittingEmptySubsequences: false) }
        let isComplete = halves.count == 1 ? groups.count == 8 : groups.count <= 7
        return isComplete && groups.allSatisfy { (1...4).contains($0.utf8.count) && $0.allSatisfy(\.isHexDigit) }
    }

    /// The 4 or 16 bytes of an address; nil for anything else.
    public static func bytes(_ text: String) -> [UInt8]? {
        if isV4(text) { return text.split(separator: ".").compactMap { UInt8($0) } }
        guard isV6(text) else { return nil }
        let halves = halves(of: text).map { half in half.split(separator: ":").compactMap { UInt16($0, radix: 16) } }
        let after = halves.count > 1 ? halves[1] : []
        let zeros = [UInt16](repeating: 0, count: 8 - halves[0].count - after.count)
        return (halves[0] + zeros + after).flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] }
    }

    /// The parts around each `::`.
    private static func halves(of text: String) -> [Substring] {
        var halves: [Substring] = []
        var start = text.startIndex
        var index = text.startIndex
        while index < text.endIndex {
            let next = text.index(after: index)
            if text[index] == ":", next < text.endIndex, text[next] == ":" {
                halves.append(text[start..<index])
                start = text.index(after: next)
                index = start
            } else {
                index = next
            }
        }
        return halves + [text[start...]]
    }
}
