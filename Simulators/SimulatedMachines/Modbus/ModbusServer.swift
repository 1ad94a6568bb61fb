/// Answers protocol data units: function code and data, without the framing of any transport.
///
/// Source: Modbus Application Protocol Specification V1.1b3, clause 6. Functions 1–6, 15, 16, 22 and 23.
package struct ModbusServer<Bank: RegisterBank> {
    /// The longest protocol data unit, in bytes.
    package static var longest: Int { 253 }

    package let bank: Bank

    package init(bank: Bank) { self.bank = bank }

    /// Writes the answer to `request` at `reply`, which has room for `longest` bytes, and returns its length in bytes.
    ///
    /// `request` holds at least the function code. Whatever it holds, there is an answer.
    @inline(__always)
    package func answer(_ request: UnsafeBufferPointer<UInt8>, into reply: UnsafeMutablePointer<UInt8>) -> Int {
        do throws(ModbusException) {
            reply[0] = request[0]
            return try dispatch(request, reply)
        } catch {
            reply[0] = request[0] | 0x80
            reply[1] = error.rawValue
            return 2
        }
    }

    @inline(__always)
    private func dispatch(
        _ request: UnsafeBufferPointer<UInt8>, _ reply: UnsafeMutablePointer<UInt8>
    ) throws(ModbusException) -> Int {
        switch request[0] {
        case 0x01: try readBits(.coil, request, reply)
        case 0x02: try readBits(.discrete, request, reply)
        case 0x03: try readRegisters(.holding, request, reply)
        case 0x04: try readRegisters(.input, request, reply)
        case 0x05: try writeSingleCoil(request, reply)
        case 0x06: try writeSingleRegister(request, reply)
        case 0x0F: try writeMultipleCoils(request, reply)
        case 0x10: try writeMultipleRegisters(request, reply)
        case 0x16: try maskWriteRegister(request, reply)
        case 0x17: try readWriteMultipleRegisters(request, reply)
        default: throw .illegalFunction
        }
    }
}

extension ModbusServer {
    private func readBits(
        _ table: Table, _ request: UnsafeBufferPointer<UInt8>, _ reply: UnsafeMutablePointer<UInt8>
    ) throws(ModbusException) -> Int {
        try request.require(length: 5)
        let count = request.word(at: 3)
        guard (1...2000).contains(count) else { throw .illegalDataValue }
        let bytes = (count + 7) / 8
        reply[1] = UInt8(bytes)
        try bank.readBits(table, at: request.word(at: 1), count: count, into: reply + 2)
        return 2 + bytes
    }

    @inline(__always)
    private func readRegisters(
        _ table: Table, _ request: UnsafeBufferPointer<UInt8>, _ reply: UnsafeMutablePointer<UInt8>
    ) throws(ModbusException) -> Int {
        try request.require(length: 5)
        let count = request.word(at: 3)
        guard count >= 1, count <= 125 else { throw .illegalDataValue }
        reply[1] = UInt8(2 * count)
        try bank.readRegisters(table, at: request.word(at: 1), count: count, into: reply + 2)
        return 2 + 2 * count
    }

    private func writeSingleCoil(
        _ request: UnsafeBufferPointer<UInt8>, _ reply: UnsafeMutablePointer<UInt8>
    ) throws(ModbusException) -> Int {
        try request.require(length: 5)
        let value = request.word(at: 3)
        guard value == 0xFF00 || value == 0 else { throw .illegalDataValue }
        var bit: UInt8 = value == 0 ? 0 : 1
        try bank.writeCoils(at: request.word(at: 1), count: 1, from: &bit)
        return reply.echo(request, length: 5)
    }

    private func writeSingleRegister(
        _ request: UnsafeBufferPointer<UInt8>, _ reply: UnsafeMutablePointer<UInt8>
    ) throws(ModbusException) -> Int {
        try request.require(length: 5)
        try bank.writeRegisters(at: request.word(at: 1), count: 1, from: request.baseAddress! + 3)
        return reply.echo(request, length: 5)
    }

    private func writeMultipleCoils(
        _ request: UnsafeBufferPointer<UInt8>, _ reply: UnsafeMutablePointer<UInt8>
    ) throws(ModbusException) -> Int {
        guard request.count >= 6 else { throw .illegalDataValue }
        let count = request.word(at: 3)
        guard (1...1968).contains(count), Int(request[5]) == (count + 7) / 8 else { throw .illegalDataValue }
        try request.require(length: 6 + Int(request[5]))
        try bank.writeCoils(at: request.word(at: 1), count: count, from: request.baseAddress! + 6)
        return reply.echo(request, length: 5)
    }

    private func writeMultipleRegisters(
        _ request: UnsafeBufferPointer<UInt8>, _ reply: UnsafeMutablePointer<UInt8>
    ) throws(ModbusException) -> Int {
        guard request.count >= 6 else { throw .illegalDataValue }
        let count = request.word(at: 3)
        guard (1...123).contains(count), Int(request[5]) == 2 * count else { throw .illegalDataValue }
        try request.require(length: 6 + 2 * count)
        try bank.writeRegisters(at: request.word(at: 1), count: count, from: request.baseAddress! + 6)
        return reply.echo(request, length: 5)
    }

    /// Result = (current AND and_mask) OR (or_mask AND NOT and_mask), clause 6.16.
    private func maskWriteRegister(
        _ request: UnsafeBufferPointer<UInt8>, _ reply: UnsafeMutablePointer<UInt8>
    ) throws(ModbusException) -> Int {
        try request.require(length: 7)
        let address = request.word(at: 1)
        let and = request.word(at: 3)
        let or = request.word(at: 5)
        try bank.readRegisters(.holding, at: address, count: 1, into: reply + 1)
        let current = UnsafeBufferPointer(start: UnsafePointer(reply), count: 3).word(at: 1)
        (reply + 1).put(word: (current & and) | (or & ~and))
        try bank.writeRegisters(at: address, count: 1, from: reply + 1)
        return reply.echo(request, length: 7)
    }

    /// The write comes before the read, clause 6.17; the range to read is tried first so that a refusal writes nothing.
    private func readWriteMultipleRegisters(
        _ request: UnsafeBufferPointer<UInt8>, _ reply: UnsafeMutablePointer<UInt8>
    ) throws(ModbusException) -> Int {
        guard request.count >= 10 else { throw .illegalDataValue }
        let (from, count, to, written) = (
            request.word(at: 1), request.word(at: 3), request.word(at: 5), request.word(at: 7)
        )
        guard (1...125).contains(count), (1...121).contains(written), Int(request[9]) == 2 * written else {
            throw .illegalDataValue
        }
        try request.require(length: 10 + 2 * written)
        try bank.readRegisters(.holding, at: from, count: count, into: reply + 2)
        try bank.writeRegisters(at: to, count: written, from: request.baseAddress! + 10)
        reply[1] = UInt8(2 * count)
        try bank.readRegisters(.holding, at: from, count: count, into: reply + 2)
        return 2 + 2 * count
    }
}
