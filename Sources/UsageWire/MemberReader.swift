import FieldModel
import JSONText
import Signing

/// What is wrong with a record's text: every member that is unknown, missing or of another kind, by its name.
package struct UsageFault: Error, Hashable, Sendable, CustomStringConvertible {
    package var faults: [String]

    package var description: String { faults.joined(separator: "; ") }
}

/// Takes an object apart, member by member, and remembers what was wrong.
struct MemberReader {
    private var members: [String: JSONValue] = [:]
    private var wrong: Set<String> = []
    private(set) var faults: [String] = []

    init(_ members: [JSONValue.Member]) {
        self.members.reserveCapacity(members.count)
        for member in members { self.members[member.name] = member.value }
    }

    func has(_ name: String) -> Bool { members[name] != nil }

    /// Takes the member when it is there, and null.
    mutating func isNull(_ name: String) -> Bool {
        guard members[name] == .null else { return false }
        members[name] = nil
        return true
    }

    /// Nil when there is no such member, or when it is of another kind, which is then remembered.
    mutating func read<Value>(_ name: String, _ kind: String, _ convert: (JSONValue) -> Value?) -> Value? {
        guard let found = members.removeValue(forKey: name) else { return nil }
        if let value = convert(found) { return value }
        faults.append("'\(name)' is \(found.brief), where \(kind) belongs")
        wrong.insert(name)
        return nil
    }

    /// `value` was read under `name`, and has to be there; `other` stands in where it is not.
    mutating func need<Value>(_ name: String, _ value: Value?, else other: Value) -> Value {
        if value == nil, !wrong.contains(name) { faults.append("'\(name)' is missing") }
        return value ?? other
    }

    mutating func blame(_ fault: String) { faults.append(fault) }

    /// What is left has no place in such a record.
    mutating func finish(_ kind: String) {
        for name in members.keys.sorted() { faults.append("'\(name)' has no place in \(kind)") }
    }
}

extension MemberReader {
    mutating func text(_ name: String) -> String? {
        read(name, "a text") { if case .string(let text) = $0 { text } else { nil } }
    }

    mutating func bool(_ name: String) -> Bool? {
        read(name, "true or false") { if case .bool(let value) = $0 { value } else { nil } }
    }

    mutating func signed(_ name: String) -> Int64? {
        read(name, "an integer of at most 2^53-1") { $0.integer }
    }

    mutating func count(_ name: String, atMost limit: Int64 = CanonicalJSON.largestInteger) -> UInt64? {
        let kind = limit == CanonicalJSON.largestInteger ? "a count of at most 2^53-1" : "a number from 0 to \(limit)"
        return read(name, kind) { value in
            value.integer.flatMap { (0...limit).contains($0) ? UInt64($0) : nil }
        }
    }

    /// A decimal number written as a text, in its only spelling.
    mutating func digits<Number: FixedWidthInteger & Sendable>(_ name: String, _ type: Number.Type) -> Number? {
        read(name, "a decimal number in quotes") { value in
            guard case .string(let text) = value, let number = Number(text), String(number) == text else { return nil }
            return number
        }
    }

    /// So many bytes in lower-case hexadecimal digits.
    mutating func hex(_ name: String, bytes: Int) -> String? {
        read(name, "\(bytes * 2) lower-case hexadecimal digits") { value in
            guard case .string(let text) = value, text.utf8.count == bytes * 2, text.utf8.allSatisfy(\.isLowerHex)
            else { return nil }
            return text
        }
    }

    mutating func word<Word: RawRepresentable<String> & CaseIterable>(_ name: String, _ type: Word.Type) -> Word? {
        let words = Word.allCases.map(\.rawValue).joined(separator: ", ")
        return read(name, "one of \(words)") { if case .string(let text) = $0 { Word(rawValue: text) } else { nil } }
    }
}

extension JSONValue {
    /// Nil for fractions, and beyond what every reader of JSON keeps exact.
    fileprivate var integer: Int64? {
        guard case .number(let number) = self, number.digits == 0,
            number.mantissa.magnitude <= CanonicalJSON.largestInteger.magnitude
        else { return nil }
        return number.mantissa
    }

    /// For people: what stands there, cut short.
    fileprivate var brief: String {
        switch self {
        case .null: "null"
        case .bool(let value): "\(value)"
        case .number(let number): "\(number)"
        case .real(let number): "\(number)"
        case .string(let text): "'\(text.prefix(40))'"
        case .array: "a list"
        case .object: "an object"
        }
    }
}

extension UInt8 {
    var isLowerHex: Bool { (0x30...0x39).contains(self) || (0x61...0x66).contains(self) }
}
