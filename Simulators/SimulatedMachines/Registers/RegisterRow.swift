/// A row of the data sheet and where its quantity comes from.
package struct RegisterRow<Machine>: Sendable {
    package typealias Path<Value> = WritableKeyPath<Machine, Value> & Sendable
    package typealias ReadPath<Value> = KeyPath<Machine, Value> & Sendable

    /// Where the machine keeps the quantity. A derived one can be read but not set.
    package enum Source: Sendable {
        case number(any Path<Double>)
        case flag(any Path<Bool>)
        case derivedNumber(any ReadPath<Double>)
        case derivedFlag(any ReadPath<Bool>)
        case integer(any ReadPath<Int64>)
        case text(any ReadPath<String>)
    }

    package let layout: RegisterLayout
    package let source: Source

    package init(
        _ table: Table, _ address: Int, _ name: String, _ type: RegisterType, _ source: Source,
        order: ByteSequence = .ABCD, scale: Double = 1, offset: Double = 0, unit: String = "",
        writable limits: ClosedRange<Double>? = nil, _ meaning: String
    ) {
        layout = RegisterLayout(
            table: table, address: address, type: type, order: order, scale: scale, offset: offset, unit: unit,
            name: name, access: limits == nil ? .read : .readWrite, limits: type == .bool ? nil : limits,
            meaning: meaning)
        self.source = source
    }

    package func quantity(of machine: Machine) -> Quantity {
        switch source {
        case .number(let path): .number(machine[keyPath: path])
        case .flag(let path): .flag(machine[keyPath: path])
        case .derivedNumber(let path): .number(machine[keyPath: path])
        case .derivedFlag(let path): .flag(machine[keyPath: path])
        case .integer(let path): .integer(machine[keyPath: path])
        case .text(let path): .text(machine[keyPath: path])
        }
    }

    /// Whether `set` reaches it.
    package var canBeSet: Bool {
        switch source {
        case .number, .flag: true
        case .derivedNumber, .derivedFlag, .integer, .text: false
        }
    }

    /// In the row's unit; for a flag everything but 0 is true. Of no effect unless `canBeSet`.
    package func set(_ value: Double, in machine: inout Machine) {
        switch source {
        case .number(let path): machine[keyPath: path] = value
        case .flag(let path): machine[keyPath: path] = value != 0
        case .derivedNumber, .derivedFlag, .integer, .text: break
        }
    }
}
