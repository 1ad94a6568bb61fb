/// An IPv4 address, in dotted decimal and nothing else.
package struct IPv4Address: Hashable, Sendable, CustomStringConvertible {
    package var bits: UInt32

    package init(bits: UInt32) { self.bits = bits }

    /// Four decimal numbers without leading zeros; nil for every other spelling.
    package init?(_ text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        bits = 0
        for part in parts {
            guard (1...3).contains(part.utf8.count), part.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
                let byte = UInt8(part), String(byte) == part
            else { return nil }
            bits = bits << 8 | UInt32(byte)
        }
    }

    package var description: String {
        [24, 16, 8, 0].map { String(bits >> UInt32($0) & 255) }.joined(separator: ".")
    }

    /// Names one host: not 0.x, loopback, multicast or beyond.
    package var isHost: Bool {
        let first = bits >> 24
        return first != 0 && first != 127 && first < 224
    }

    /// The network it is in.
    package func network(prefix: Int) -> IPv4Address {
        IPv4Address(bits: prefix <= 0 ? 0 : bits & (UInt32.max << UInt32(32 - min(32, prefix))))
    }
}
