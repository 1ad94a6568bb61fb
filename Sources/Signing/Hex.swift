/// Bytes as lower-case hexadecimal digits: how keys, nonces and signatures are written in documents.
package enum Hex {
    private static let digits = Array("0123456789abcdef".utf8)

    package static func text(_ bytes: some Sequence<UInt8>) -> String {
        var text: [UInt8] = []
        text.reserveCapacity(bytes.underestimatedCount * 2)
        for byte in bytes {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Nil when a digit is none, or one is missing; `count` bytes when it says so.
    package static func bytes(_ text: String, count: Int? = nil) -> [UInt8]? {
        let characters = Array(text.utf8)
        guard characters.count % 2 == 0, count.map({ $0 * 2 == characters.count }) ?? true else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(characters.count / 2)
        for index in stride(from: 0, to: characters.count, by: 2) {
            guard let high = value(characters[index]), let low = value(characters[index + 1]) else { return nil }
            bytes.append(high << 4 | low)
        }
        return bytes
    }

    /// The number that 32 digits write, the first highest; nil where there are others.
    package static func number(_ text: String) -> UInt128? {
        guard text.utf8.count == 32 else { return nil }
        var text = text
        return text.withUTF8 { digits in
            guard let high = half(digits[..<16]), let low = half(digits[16...]) else { return nil }
            return UInt128(high) << 64 | UInt128(low)
        }
    }

    private static func half(_ digits: Slice<UnsafeBufferPointer<UInt8>>) -> UInt64? {
        var number: UInt64 = 0
        for digit in digits {
            guard let value = value(digit) else { return nil }
            number = number << 4 | UInt64(value)
        }
        return number
    }

    private static func value(_ digit: UInt8) -> UInt8? {
        switch digit {
        case 0x30...0x39: digit - 0x30
        case 0x41...0x46: digit - 0x37
        case 0x61...0x66: digit - 0x57
        default: nil
        }
    }

    /// The number's own bytes, highest first.
    package static func bigEndian(_ number: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: number.bigEndian) { Array($0) }
    }
}
