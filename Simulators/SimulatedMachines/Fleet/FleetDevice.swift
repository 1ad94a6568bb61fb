import SimulatorKit

/// One server of a fleet: a bank of holding registers that costs next to nothing to read, and a record of who reads it.
///
/// Register 0 is a counter: every request to read it adds one before it is answered, so that whoever follows the values
/// can tell lost readings. Every other register holds its base, drawn from the seed, plus that counter; with seed 0 it
/// holds its base. The writable register holds what was written last.
package final class FleetDevice: RegisterBank, UnitServer {
    package let number: Int
    package let registers: Int
    package let writableAddress: Int
    package private(set) var statistics: ReadingStatistics
    /// Leaves requests unanswered until then, nanoseconds of the reactor's clock.
    package var silentUntil: Int64 = 0

    private let unit: UInt8
    private let changes: Bool
    private let writes: WriteLog
    // Base values; lives as long as the device, never resized.
    private let base: UnsafeMutablePointer<UInt16>
    private var counter: UInt16 = 0
    private var written: UInt16 = 0

    package init(number: Int, plan: FleetPlan, writes: WriteLog) {
        self.number = number
        registers = plan.registers
        writableAddress = plan.writableAddress
        unit = plan.unit
        changes = plan.seed != 0
        self.writes = writes
        statistics = ReadingStatistics(period: plan.period)
        base = .allocate(capacity: max(1, plan.registers))
        for address in 0..<plan.registers {
            base[address] = Self.base(seed: plan.seed, device: number, address: address)
        }
        base[0] = 0
    }

    deinit { base.deallocate() }

    /// The base of a register, so that a test can compute every value there is.
    package static func base(seed: UInt64, device: Int, address: Int) -> UInt16 {
        var random = Randomness(seed: seed &+ UInt64(device) << 32 &+ UInt64(address) << 8)
        return UInt16(truncatingIfNeeded: random.next())
    }

    package func clearStatistics() { statistics.clear() }

    package func answer(
        unit asked: UInt8, _ request: UnsafeBufferPointer<UInt8>, over transport: Transport,
        into reply: UnsafeMutablePointer<UInt8>
    ) -> Answer? {
        statistics.requests += 1
        if silentUntil != 0, Reactor.now < silentUntil { return nil }
        guard asked == unit else {
            reply[0] = request[0] | 0x80
            reply[1] = ModbusException.gatewayTargetFailedToRespond.rawValue
            return Answer(length: 2, unit: asked)
        }
        return Answer(length: ModbusServer(bank: self).answer(request, into: reply), unit: asked)
    }

    package func readRegisters(
        _ table: Table, at address: Int, count: Int, into bytes: UnsafeMutablePointer<UInt8>
    ) throws(ModbusException) {
        guard table == .holding else { throw .illegalDataAddress }
        if address == writableAddress, count == 1 { return bytes.put(word: Int(written)) }
        guard address + count <= registers else { throw .illegalDataAddress }
        if address == 0 {
            counter &+= 1
            statistics.arrived(at: Reactor.now)
        }
        statistics.registersRead += Int64(count)
        let added = changes ? counter : 0
        for index in 0..<count { (bytes + 2 * index).put(word: Int(base[address + index] &+ added)) }
        if address == 0 { bytes.put(word: Int(counter)) }
    }

    package func readBits(
        _ table: Table, at address: Int, count: Int, into bytes: UnsafeMutablePointer<UInt8>
    ) throws(ModbusException) { throw .illegalDataAddress }

    package func writeRegisters(
        at address: Int, count: Int, from bytes: UnsafePointer<UInt8>
    ) throws(ModbusException) {
        guard address == writableAddress, count == 1 else { throw .illegalDataAddress }
        written = UInt16(bytes[0]) << 8 | UInt16(bytes[1])
        writes.append(WriteLog.Entry(device: number, value: written, at: Reactor.now))
    }

    package func writeCoils(at address: Int, count: Int, from bytes: UnsafePointer<UInt8>) throws(ModbusException) {
        throw .illegalDataAddress
    }
}
