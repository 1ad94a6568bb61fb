/// What goes into a column. Money, bytes and times are integers; whatever is exact and larger is text.
package enum SQLValue: Hashable, Sendable {
    case integer(Int64)
    case text(String)
    case null

    package static func whole(_ value: some BinaryInteger) -> SQLValue { .integer(Int64(value)) }
    package static func optional(_ text: String?) -> SQLValue { text.map { .text($0) } ?? .null }
    package static func optional(_ value: (some BinaryInteger)?) -> SQLValue { value.map { .whole($0) } ?? .null }
}

extension SQLValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral {
    package init(stringLiteral text: String) { self = .text(text) }
    package init(integerLiteral value: Int64) { self = .integer(value) }
}

/// A row while it is being read: columns count from 0, and the row is gone with the call it was given to.
package protocol SQLRow {
    func isNull(_ column: Int) -> Bool
    /// 0 where there is none.
    func integer(_ column: Int) -> Int64
    /// Empty where there is none.
    func text(_ column: Int) -> String
}

extension SQLRow {
    package func optionalText(_ column: Int) -> String? { isNull(column) ? nil : text(column) }
    package func optionalInteger(_ column: Int) -> Int64? { isNull(column) ? nil : integer(column) }
}
