import FieldModel
import JSONText

/// Reads an object that is canonical JSON as it stands, in one pass. Nearly every record is one, and then nothing has to
/// be written again to know it.
struct CanonicalReader {
    private static let depthLimit = 4
    private let bytes: UnsafeBufferPointer<UInt8>
    private var position = 0

    /// The members in their order. Nil of a text that is not canonical, and of one that takes more to tell: with escapes,
    /// names beyond ASCII, or lists.
    static func members(of bytes: [UInt8]) -> [JSONValue.Member]? {
        bytes.withUnsafeBufferPointer { buffer in
            var reader = CanonicalReader(bytes: buffer)
            guard let members = reader.object(depth: 0), reader.position == buffer.count else { return nil }
            return members
        }
    }

    private init(bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

    private mutating func object(depth: Int) -> [JSONValue.Member]? {
        guard depth < Self.depthLimit, take("{") else { return nil }
        var members: [JSONValue.Member] = []
        if take("}") { return members }
        members.reserveCapacity(depth == 0 ? 48 : 4)
        var before: Range<Int>?
        repeat {
            guard let name = span(), name.isASCII, follows(name.range, before), take(":"), let value = value(depth)
            else { return nil }
            before = name.range
            members.append(JSONValue.Member(name: text(name.range), value: value))
        } while take(",")
        return take("}") ? members : nil
    }

    private mutating func value(_ depth: Int) -> JSONValue? {
        guard position < bytes.count else { return nil }
        switch bytes[position] {
        case UInt8(ascii: "\""):
            guard let span = span() else { return nil }
            if span.isASCII { return .string(text(span.range)) }
            return String(validating: bytes[span.range], as: UTF8.self).map { .string($0) }
        case UInt8(ascii: "{"): return object(depth: depth + 1).map { .object($0) }
        case UInt8(ascii: "t"): return word("true") ? .bool(true) : nil
        case UInt8(ascii: "f"): return word("false") ? .bool(false) : nil
        case UInt8(ascii: "n"): return word("null") ? .null : nil
        default: return integer()
        }
    }

    /// A text without escapes, without its quotes.
    private mutating func span() -> (range: Range<Int>, isASCII: Bool)? {
        guard take("\"") else { return nil }
        let start = position
        var all: UInt8 = 0
        while position < bytes.count {
            let byte = bytes[position]
            if byte == UInt8(ascii: "\"") {
                position += 1
                return (start..<position - 1, all < 0x80)
            }
            guard byte >= 0x20, byte != UInt8(ascii: "\\") else { return nil }
            all |= byte
            position += 1
        }
        return nil
    }

    /// RFC 8785, 3.2.3; of ASCII the order of bytes is the order of UTF-16 code units.
    private func follows(_ name: Range<Int>, _ before: Range<Int>?) -> Bool {
        guard let before else { return true }
        return bytes[before].lexicographicallyPrecedes(bytes[name])
    }

    /// At most 2⁵³−1 in magnitude, in the one way it is written.
    private mutating func integer() -> JSONValue? {
        let isNegative = take("-")
        let start = position
        var magnitude: Int64 = 0
        while position < bytes.count, (0x30...0x39).contains(bytes[position]), position - start < 17 {
            magnitude = magnitude * 10 + Int64(bytes[position] - 0x30)
            position += 1
        }
        let count = position - start
        guard count > 0, magnitude <= CanonicalJSON.largestInteger else { return nil }
        guard bytes[start] != 0x30 || (count == 1 && !isNegative) else { return nil }
        return .number(DecimalNumber(mantissa: isNegative ? -magnitude : magnitude))
    }

    private func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }

    private mutating func word(_ word: StaticString) -> Bool {
        for index in 0..<word.utf8CodeUnitCount {
            guard position < bytes.count, bytes[position] == word.utf8Start[index] else { return false }
            position += 1
        }
        return true
    }

    private mutating func take(_ mark: Unicode.Scalar) -> Bool {
        guard position < bytes.count, bytes[position] == UInt8(ascii: mark) else { return false }
        position += 1
        return true
    }
}
