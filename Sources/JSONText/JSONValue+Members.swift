import FieldModel

/// Members of an object by their kinds; a member that is not there, or of another kind, is empty.
extension JSONValue {
    package func text(_ name: String) -> String {
        if case .string(let text)? = self[name] { text } else { "" }
    }

    package func number(_ name: String) -> DecimalNumber {
        if case .number(let number)? = self[name] { number } else { .zero }
    }

    package func integer(_ name: String) -> Int64 { number(name).rescaled(toDigits: 0)?.mantissa ?? 0 }

    package func items(_ name: String) -> [JSONValue] {
        if case .array(let items)? = self[name] { items } else { [] }
    }

    /// As the value of a point; nil for null, lists and objects.
    package var point: PointValue? {
        switch self {
        case .bool(let value): .bool(value)
        case .number(let value): .decimal(value)
        case .real(let value): .double(value)
        case .string(let value): .text(value)
        case .null, .array, .object: nil
        }
    }
}
