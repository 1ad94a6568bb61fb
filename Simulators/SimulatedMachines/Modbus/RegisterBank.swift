/// The four tables of the Modbus data model (specification V1.1b3, clause 4.3).
package enum Table: String, Sendable, CaseIterable {
    case coil, discrete, input, holding

    /// One bit an address; otherwise 16 bits an address.
    package var holdsBits: Bool { self == .coil || self == .discrete }
}

/// The registers of one unit as the wire sees them.
///
/// Addresses are zero-based, counts have been checked against the specification's limits before a bank is asked. A bank
/// answers with `illegalDataAddress` unless every address asked for exists. Pointers are valid for the call only.
package protocol RegisterBank: AnyObject {
    /// Writes `2 * count` bytes, most significant byte of each register first.
    func readRegisters(
        _ table: Table, at address: Int, count: Int, into bytes: UnsafeMutablePointer<UInt8>
    ) throws(ModbusException)

    /// Writes `(count + 7) / 8` bytes, the first bit in the least significant place of the first byte.
    func readBits(
        _ table: Table, at address: Int, count: Int, into bytes: UnsafeMutablePointer<UInt8>
    ) throws(ModbusException)

    /// Takes all of `2 * count` bytes or, when it throws, none of them.
    func writeRegisters(at address: Int, count: Int, from bytes: UnsafePointer<UInt8>) throws(ModbusException)

    /// Takes all of `count` packed bits or, when it throws, none of them.
    func writeCoils(at address: Int, count: Int, from bytes: UnsafePointer<UInt8>) throws(ModbusException)
}
