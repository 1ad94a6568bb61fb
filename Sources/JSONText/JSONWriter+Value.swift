import FieldModel

/// Whole values, for documents that are made once and are not on a hot path.
extension JSONWriter {
    package mutating func write(_ value: JSONValue) {
        switch value {
        case .null: raw("null")
        case .bool(let truth): self.value(.bool(truth))
        case .number(let number): self.value(.decimal(number))
        case .real(let number): self.value(.double(number))
        case .string(let text): string(text)
        case .array(let items):
            raw("[")
            for (index, item) in items.enumerated() {
                if index > 0 { raw(",") }
                write(item)
            }
            raw("]")
        case .object(let members):
            raw("{")
            for (index, member) in members.enumerated() {
                if index > 0 { raw(",") }
                string(member.name)
                raw(":")
                write(member.value)
            }
            raw("}")
        }
    }
}

extension JSONValue {
    /// An object in the order that is given.
    package static func members(_ pairs: KeyValuePairs<String, JSONValue>) -> JSONValue {
        .object(pairs.map { Member(name: $0.key, value: $0.value) })
    }

    package static func integer(_ value: some BinaryInteger) -> JSONValue {
        .number(DecimalNumber(mantissa: Int64(value)))
    }

    package static func optional(_ text: String?) -> JSONValue { text.map { .string($0) } ?? .null }

    /// On one line.
    package var compact: String {
        var json = JSONWriter()
        json.write(self)
        return json.text
    }
}
