import SimulatedMachines

/// The registers of the examples in the Modbus Application Protocol Specification V1.1b3, clause 6.
final class ExampleBank: RegisterBank {
    var holding = [UInt16](repeating: 0, count: 256)
    var input = [UInt16](repeating: 0, count: 16)
    var coils = [Bool](repeating: false, count: 256)
    var discrete = [Bool](repeating: false, count: 256)

    init() {
        holding[0x6B] = 0x022B
        holding[0x6D] = 0x0064
        holding[0x04] = 0x0012
        input[8] = 0x000A
        Self.spread([0xCD, 0x6B, 0x05], over: &coils, from: 0x13)
        Self.spread([0xAC, 0xDB, 0x35], over: &discrete, from: 0xC4)
    }

    func readRegisters(
        _ table: Table, at address: Int, count: Int, into bytes: UnsafeMutablePointer<UInt8>
    ) throws(ModbusException) {
        let registers = table == .input ? input : holding
        guard address + count <= registers.count else { throw .illegalDataAddress }
        for index in 0..<count {
            bytes[2 * index] = UInt8(registers[address + index] >> 8)
            bytes[2 * index + 1] = UInt8(registers[address + index] & 0xFF)
        }
    }

    func readBits(
        _ table: Table, at address: Int, count: Int, into bytes: UnsafeMutablePointer<UInt8>
    ) throws(ModbusException) {
        let bits = table == .coil ? coils : discrete
        guard address + count <= bits.count else { throw .illegalDataAddress }
        for index in 0..<((count + 7) / 8) { bytes[index] = 0 }
        for index in 0..<count where bits[address + index] { bytes[index / 8] |= 1 << UInt8(index % 8) }
    }

    func writeRegisters(at address: Int, count: Int, from bytes: UnsafePointer<UInt8>) throws(ModbusException) {
        guard address + count <= holding.count else { throw .illegalDataAddress }
        for index in 0..<count {
            holding[address + index] = UInt16(bytes[2 * index]) << 8 | UInt16(bytes[2 * index + 1])
        }
    }

    func writeCoils(at address: Int, count: Int, from bytes: UnsafePointer<UInt8>) throws(ModbusException) {
        guard address + count <= coils.count else { throw .illegalDataAddress }
        for index in 0..<count { coils[address + index] = bytes[index / 8] >> UInt8(index % 8) & 1 == 1 }
    }

    private static func spread(_ bytes: [UInt8], over bits: inout [Bool], from address: Int) {
        for index in 0..<(8 * bytes.count) { bits[address + index] = bytes[index / 8] >> UInt8(index % 8) & 1 == 1 }
    }
}

extension ModbusServer {
    /// The answer to one request, as bytes.
    func answer(_ request: [UInt8]) -> [UInt8] {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: Self.longest) { reply in
            let length = request.withUnsafeBufferPointer { answer($0, into: reply.baseAddress!) }
            return Array(reply[0..<length])
        }
    }
}
