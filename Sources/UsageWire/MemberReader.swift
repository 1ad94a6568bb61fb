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
    /// By name.
    private let members: [JSONValue.Member]
    private var isTaken: [Bool]
    private var wrong: Set<String> = []
    private(set) var faults: [String] = []

    init(_ members: [JSONValue.Member]) {
        let isSorted = zip(members, members.dropFirst()).allSatisfy { $0.name < $1.name }
        self.members = isSorted ? members : members.sorted { $0.name < $1.name }
        isTaken = Array(repeating: false, count: members.count)
    }

    func has(_ name: String) -> Bool { index(of: name) != nil }

    /// Of a member that was not taken yet.
    private func index(of name: String) -> Int? {
        var (low, high) = (0, members.count)
        while low < high {
            let middle = (low + high) / 2
            if members[middle].name < name { low = middle + 1 } else { high = middle }
        }
        return low < members.count && members[low].name == name && !isTaken[low] ? low : nil
    }

    /// Takes the member when it is there, and null.
    mutating func isNull(_ name: String) -> Bool {
        guard let index = index(of: name), members[index].value == .null else { return false }
        isTaken[index] = true
        return true
    }

    /// Nil when there is no such member, or when it is of another kind, which is then remembered.
    mutating func read<Value>(
        _ name: String, _ kind: @autoclosure () -> String, _ convert: (JSONValue) -> Value?
    ) -> Value? {
        guard let index = index(of: name) else { return nil }
        isTaken[index] = true
        if let value = convert(members[index].value) { return value }
        let found = Self.identities.contains(name) ? "something else" : members[index].value.brief
        faults.append("'\(name)' is \(found), where \(kind()) belongs")
        wrong.insert(name)
        return nil
    }

    /// Faults go to screens and logs: what names a card or a device does not.
    private static let identities: Set = ["iccid", "imei"]

    /// `value` was read under `name`, and has to be there; `other` stands in where it is not.
    mutating func need<Value>(_ name: String, _ value: Value?, else other: Value) -> Value {
        if value == nil, !wrong.contains(name) { faults.append("'\(name)' is missing") }
        return value ?? other
    }

    mutating func blame(_ fault: String) { faults.append(fault) }

    /// What is left has no place in such a record.
    mutating func finish(_ kind: @autoclosure () -> String) {
        for (member, isTaken) in zip(members, isTaken) where !isTaken {
            faults.append("'\(member.name)' has no place in \(kind())")
        }
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
        read(
            name, limit == CanonicalJSON.largestInteger ? "a count of at most 2^53-1" : "a number from 0 to \(limit)"
        ) { value in
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
        read(name, "one of \(Word.allCases.map(\.rawValue).joined(separator: ", "))") {
            if case .string(let text) = $0 { Word(rawValue: text) } else { nil }
        }
    }
}

extension JSONValue {
    /// Nil for fractions, and beyond what every reader of JSON keeps exact.
    var integer: Int64? {
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
