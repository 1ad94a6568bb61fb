import SimulatorKit

/// Puts a simulated machine on a line or port: its unit, its registers, its faults.
package final class MachineServer<Machine: SimulatedMachine>: UnitServer {
    package let simulation: MachineSimulation<Machine>
    package let unit: UInt8

    private let server: ModbusServer<MachineBank<Machine>>
    private let clock: () -> Int64
    private var random: Randomness

    /// `clock` gives nanoseconds; tests bring their own.
    package init(
        _ simulation: MachineSimulation<Machine>, unit: UInt8, seed: UInt64,
        clock: @escaping () -> Int64 = { Reactor.now }
    ) {
        self.simulation = simulation
        self.unit = unit
        self.clock = clock
        random = Randomness(seed: seed)
        server = ModbusServer(bank: MachineBank(simulation, clock: clock))
    }

    package func answer(
        unit asked: UInt8, _ request: UnsafeBufferPointer<UInt8>, over transport: Transport,
        into reply: UnsafeMutablePointer<UInt8>
    ) -> Answer? {
        let now = clock()
        simulation.advance(to: now)
        guard asked == unit else { return answerForAnotherUnit(asked, request, transport, reply) }
        simulation.heard()
        let answer = Answer(length: server.answer(request, into: reply), unit: unit)
        return spoil(answer, reply, request[0], simulation.plan.fault(at: now))
    }

    /// A shared line leaves other units to themselves and obeys a broadcast in silence; a port says nobody is there.
    private func answerForAnotherUnit(
        _ asked: UInt8, _ request: UnsafeBufferPointer<UInt8>, _ transport: Transport,
        _ reply: UnsafeMutablePointer<UInt8>
    ) -> Answer? {
        if transport == .rtu {
            if asked == 0 { _ = server.answer(request, into: reply) }
            return nil
        }
        let length = refuse(request[0], .gatewayTargetFailedToRespond, reply)
        return Answer(length: length, unit: asked)
    }

    private func refuse(_ function: UInt8, _ code: ModbusException, _ reply: UnsafeMutablePointer<UInt8>) -> Int {
        reply[0] = function | 0x80
        reply[1] = code.rawValue
        return 2
    }

    private func spoil(
        _ answer: Answer, _ reply: UnsafeMutablePointer<UInt8>, _ function: UInt8, _ fault: Fault
    ) -> Answer {
        var answer = answer
        switch fault {
        case .none, .stuck: break
        case .silent: answer.delivery = .never
        case .slow(let delay): answer.delivery = .after(delay)
        case .exception(let code): answer.length = refuse(function, code, reply)
        case .wrongUnit: answer.unit &+= 1
        case .wrongFunction: reply[0] = function == 0x03 ? 0x04 : 0x03
        case .junk: answer.delivery = .junk(seed: random.next())
        case .truncate: answer.delivery = .truncated
        case .close: answer.delivery = .hangUp
        case .wrongTransaction: answer.delivery = .wrongTransaction
        }
        return answer
    }
}

/// A machine's registers as a Modbus server reads and writes them.
package final class MachineBank<Machine: SimulatedMachine>: RegisterBank {
    private let simulation: MachineSimulation<Machine>
    private let clock: () -> Int64

    init(_ simulation: MachineSimulation<Machine>, clock: @escaping () -> Int64) {
        (self.simulation, self.clock) = (simulation, clock)
    }

    package func readRegisters(
        _ table: Table, at address: Int, count: Int, into bytes: UnsafeMutablePointer<UInt8>
    ) throws(ModbusException) {
        let words = try words(table, at: address, count: count)
        for (index, word) in words.enumerated() { (bytes + 2 * index).put(word: Int(word)) }
    }

    package func readBits(
        _ table: Table, at address: Int, count: Int, into bytes: UnsafeMutablePointer<UInt8>
    ) throws(ModbusException) {
        let words = try words(table, at: address, count: count)
        for index in 0..<((count + 7) / 8) { bytes[index] = 0 }
        for (index, word) in words.enumerated() { bytes[index / 8] |= UInt8(word) << UInt8(index % 8) }
    }

    package func writeRegisters(
        at address: Int, count: Int, from bytes: UnsafePointer<UInt8>
    ) throws(ModbusException) {
        let words = (0..<count).map { UInt16(bytes[2 * $0]) << 8 | UInt16(bytes[2 * $0 + 1]) }
        try simulation.write(.holding, at: address, words)
    }

    package func writeCoils(at address: Int, count: Int, from bytes: UnsafePointer<UInt8>) throws(ModbusException) {
        let words = (0..<count).map { UInt16(bytes[$0 / 8] >> UInt8($0 % 8) & 1) }
        try simulation.write(.coil, at: address, words)
    }

    private func words(_ table: Table, at address: Int, count: Int) throws(ModbusException) -> [UInt16] {
        guard let words = simulation.currentImage(at: clock()).words(table, at: address, count: count) else {
            throw .illegalDataAddress
        }
        return words
    }
}
