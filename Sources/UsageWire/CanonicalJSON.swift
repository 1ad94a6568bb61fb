import FieldModel
import JSONText

/// JSON in the one form that RFC 8785 allows, so that a hash over it means something.
///
/// Numbers are integers of at most 2⁵³−1 in magnitude: what is larger, or has a fraction, is written as a text.
package enum CanonicalJSON {
    package static let largestInteger: Int64 = 1 << 53 - 1

    /// Nil when the value holds a number that records do not have.
    package static func bytes(of value: JSONValue) -> [UInt8]? {
        var writer = CanonicalWriter()
        return writer.value(value) ? writer.bytes : nil
    }

    /// Of an object with these members, in whatever order they come.
    package static func bytes(of members: [JSONValue.Member]) -> [UInt8]? { bytes(of: .object(members)) }

    /// RFC 8785, 3.2.3: by UTF-16 code units, not by code points.
    package static func precedes(_ left: String, _ right: String) -> Bool {
        left.utf16.lexicographicallyPrecedes(right.utf16)
    }
}

private struct CanonicalWriter {
    private(set) var bytes: [UInt8] = []

    init() { bytes.reserveCapacity(1024) }

    mutating func value(_ value: JSONValue) -> Bool {
        switch value {
        case .null: put("null")
        case .bool(let value): put(value ? "true" : "false")
        case .number(let number): return integer(number)
        case .real: return false
        case .string(let text): string(text)
        case .array(let items): return array(items)
        case .object(let members): return object(members)
        }
        return true
    }

    private mutating func integer(_ number: DecimalNumber) -> Bool {
        guard number.digits == 0, number.mantissa.magnitude <= CanonicalJSON.largestInteger.magnitude else {
            return false
        }
        put(String(number.mantissa))
        return true
    }

    private mutating func array(_ items: [JSONValue]) -> Bool {
        put("[")
        for (index, item) in items.enumerated() {
            if index > 0 { put(",") }
            guard value(item) else { return false }
        }
        put("]")
        return true
    }

    private mutating func object(_ members: [JSONValue.Member]) -> Bool {
        let isSorted = zip(members, members.dropFirst()).allSatisfy { CanonicalJSON.precedes($0.name, $1.name) }
        put("{")
        let sorted = isSorted ? members : members.sorted { CanonicalJSON.precedes($0.name, $1.name) }
        for (index, member) in sorted.enumerated() {
            if index > 0 { put(",") }
            string(member.name)
            put(":")
            guard value(member.value) else { return false }
        }
        put("}")
        return true
    }

    private mutating func string(_ text: String) {
        put("\"")
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""): put("\\\"")
            case UInt8(ascii: "\\"): put("\\\\")
            case 8: put("\\b")
            case 9: put("\\t")
            case 10: put("\\n")
            case 12: put("\\f")
            case 13: put("\\r")
            case 0..<0x20: put(byte < 16 ? "\\u000\(String(byte, radix: 16))" : "\\u00\(String(byte, radix: 16))")
            default: bytes.append(byte)
            }
        }
        put("\"")
    }

    private mutating func put(_ text: String) { bytes.append(contentsOf: text.utf8) }
}
