import FieldModel

/// A JSON value as it was spelled: numbers stay exact decimals where they are.
package enum JSONValue: Hashable, Sendable {
    case null
    case bool(Bool)
    case number(DecimalNumber)
    /// A number of more than 18 digits.
    case real(Double)
    case string(String)
    case array([JSONValue])
    /// In the order of the text.
    case object([Member])

    package struct Member: Hashable, Sendable {
        package var name: String
        package var value: JSONValue

        package init(name: String, value: JSONValue) {
            self.name = name
            self.value = value
        }
    }

    package subscript(name: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.name == name }?.value
    }
}

/// Why a text is no JSON, and where.
package struct JSONFault: Error, Hashable, Sendable {
    package var message: String
    /// Bytes before the fault.
    package var offset: Int

    package var text: String { "\(message), at byte \(offset)" }
}

/// A strict reader of RFC 8259: a command is small, and must mean one thing.
package struct JSONReader {
    private static let depthLimit = 16
    private let bytes: UnsafeBufferPointer<UInt8>
    private var position = 0

    package static func read(_ bytes: UnsafeBufferPointer<UInt8>) throws(JSONFault) -> JSONValue {
        var reader = JSONReader(bytes: bytes)
        let value = try reader.value(depth: 0)
        reader.skipSpace()
        guard reader.position == bytes.count else { throw reader.fault("something follows the value") }
        return value
    }

    package static func read(_ text: some StringProtocol) throws(JSONFault) -> JSONValue {
        try Array(text.utf8).withUnsafeBufferPointer { bytes throws(JSONFault) in try read(bytes) }
    }

    private mutating func value(depth: Int) throws(JSONFault) -> JSONValue {
        guard depth < Self.depthLimit else { throw fault("nested deeper than \(Self.depthLimit) levels") }
        skipSpace()
        switch peek {
        case UInt8(ascii: "{"): return try object(depth)
        case UInt8(ascii: "["): return try array(depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case nil: throw fault("the text ends where a value belongs")
        default: return try number()
        }
    }

    private mutating func object(_ depth: Int) throws(JSONFault) -> JSONValue {
        position += 1
        var members: [JSONValue.Member] = []
        skipSpace()
        if take("}") { return .object([]) }
        repeat {
            skipSpace()
            guard peek == UInt8(ascii: "\"") else { throw fault("a name in quotes belongs here") }
            let name = try string()
            guard !members.contains(where: { $0.name == name }) else { throw fault("'\(name)' stands there twice") }
            skipSpace()
            guard take(":") else { throw fault("a colon belongs here") }
            members.append(JSONValue.Member(name: name, value: try value(depth: depth + 1)))
            skipSpace()
        } while take(",")
        guard take("}") else { throw fault("a comma or '}' belongs here") }
        return .object(members)
    }

    private mutating func array(_ depth: Int) throws(JSONFault) -> JSONValue {
        position += 1
        var items: [JSONValue] = []
        skipSpace()
        if take("]") { return .array([]) }
        repeat {
            items.append(try value(depth: depth + 1))
            skipSpace()
        } while take(",")
        guard take("]") else { throw fault("a comma or ']' belongs here") }
        return .array(items)
    }

    private mutating func string() throws(JSONFault) -> String {
        position += 1
        var text: [UInt8] = []
        while let byte = peek {
            position += 1
            switch byte {
            case UInt8(ascii: "\""):
                guard let valid = String(validating: text, as: UTF8.self) else { throw fault("the text is not UTF-8") }
                return valid
            case UInt8(ascii: "\\"): try escape(into: &text)
            case 0..<0x20: throw fault("a control character in a text")
            default: text.append(byte)
            }
        }
        throw fault("a text without its closing quote")
    }

    private mutating func escape(into text: inout [UInt8]) throws(JSONFault) {
        guard let byte = peek else { throw fault("a text without its closing quote") }
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
        case UInt8(ascii: "b"): text.append(8)
        case UInt8(ascii: "f"): text.append(12)
        case UInt8(ascii: "n"): text.append(10)
        case UInt8(ascii: "r"): text.append(13)
        case UInt8(ascii: "t"): text.append(9)
        case UInt8(ascii: "u"): text.append(contentsOf: Array(String(try unicode()).utf8))
        default: throw fault("an escape that JSON does not have")
        }
    }

    private mutating func unicode() throws(JSONFault) -> Character {
        let first = try fourDigits()
        var code = UInt32(first)
        if (0xD800..<0xDC00).contains(first) {
            guard take("\\"), take("u") else { throw fault("half of a surrogate pair") }
            let second = try fourDigits()
            guard (0xDC00..<0xE000).contains(second) else { throw fault("half of a surrogate pair") }
            code = 0x10000 + (UInt32(first) - 0xD800) << 10 + (UInt32(second) - 0xDC00)
        }
        guard let scalar = Unicode.Scalar(code) else { throw fault("half of a surrogate pair") }
        return Character(scalar)
    }

    private mutating func fourDigits() throws(JSONFault) -> UInt16 {
        guard position + 4 <= bytes.count else { throw fault("four hexadecimal digits belong here") }
        var code: UInt16 = 0
        for byte in bytes[position..<position + 4] {
            guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
                throw fault("four hexadecimal digits belong here")
            }
            code = code << 4 | UInt16(digit)
        }
        position += 4
        return code
    }

    private mutating func number() throws(JSONFault) -> JSONValue {
        let start = position
        _ = take("-")
        let whole = digits()
        let leadingZero = whole > 1 && bytes[position - whole] == UInt8(ascii: "0")
        var valid = whole > 0 && !leadingZero
        if take(".") { valid = digits() > 0 && valid }
        if take("e") || take("E") {
            _ = take("+") || take("-")
            valid = digits() > 0 && valid
        }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        guard valid else {
            position = start
            throw fault("no JSON value begins like this")
        }
        if let exact = DecimalNumber(text) { return .number(exact) }
        guard let real = Double(text), real.isFinite else { throw fault("a number too large") }
        return .real(real)
    }

    private mutating func digits() -> Int {
        let start = position
        while let byte = peek, (0x30...0x39).contains(byte) { position += 1 }
        return position - start
    }

    private mutating func word(_ word: StaticString, _ value: JSONValue) throws(JSONFault) -> JSONValue {
        for index in 0..<word.utf8CodeUnitCount {
            guard peek == word.utf8Start[index] else { throw fault("no JSON value begins like this") }
            position += 1
        }
        return value
    }

    private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func take(_ mark: Unicode.Scalar) -> Bool {
        guard peek == UInt8(ascii: mark) else { return false }
        position += 1
        return true
    }

    private mutating func skipSpace() {
        while let byte = peek, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
    }

    private func fault(_ message: String) -> JSONFault {
        JSONFault(message: message, offset: position)
    }
}
