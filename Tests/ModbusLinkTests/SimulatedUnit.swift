import FieldModel
import Foundation
import Platform
import SimulatorKit

@testable import SimulatedMachines

/// What the unit does to its next answers.
enum Mischief: Sendable {
    case none, silent, wrongUnit, wrongFunction, junk, truncated, hangUp, wrongTransaction
    case exception(UInt8)
}

/// A unit of the simulators on a thread of its own, over TCP or a pseudo-terminal.
///
/// Every register holds its address times 257; every third bit is set. What is written stays.
final class SimulatedUnit: Sendable {
    static let registers = 4096

    let port: UInt16
    private let mischief = Monitor(Mischief.none)
    private let stopping = Flag()
    private let thread: OwnerThread

    /// Over TCP without a link, else on a line that the link leads to.
    init(unit: UInt8 = 1, link: String? = nil) throws {
        let (mischief, stopping) = (self.mischief, self.stopping)
        let opened = Monitor<Result<UInt16, SystemFault>?>(nil)
        thread = try OwnerThread(name: "unit") {
            do throws(SystemFault) {
                let reactor = try Reactor()
                let server = BankServer(unit: unit, mischief: mischief)
                let listener = link == nil ? try TCPListener(port: 0, reactor: reactor, server: server) : nil
                let line = try link.map { link throws(SystemFault) in
                    try SerialLine(link: link, reactor: reactor, server: server)
                }
                opened.signal { opened in
                    opened = .success(listener?.port ?? 0)
                    return true
                }
                while !stopping.load() { reactor.turn(atMost: 20_000_000) }
                listener?.shutDown()
                line?.shutDown()
            } catch {
                opened.signal { opened in
                    opened = .failure(error)
                    return true
                }
            }
        }
        port = try opened.wait { $0.map { .done($0) } ?? .pause(.seconds(1)) }.get()
    }

    deinit {
        stopping.store(true)
        thread.join()
    }

    func misbehave(_ new: Mischief) { mischief.withLock { $0 = new } }

    /// What a read of this unit gives, as long as nothing was written.
    static func values(_ table: RegisterTable, at address: Int, count: Int) -> [UInt16] {
        (address..<address + count).map {
            table.holdsBits ? ($0 % 3 == 0 ? 1 : 0) : UInt16(truncatingIfNeeded: $0 * 257)
        }
    }
}

private final class BankServer: UnitServer {
    private let unit: UInt8
    private let mischief: Monitor<Mischief>
    private let server = ModbusServer(bank: PatternBank())

    init(unit: UInt8, mischief: Monitor<Mischief>) {
        (self.unit, self.mischief) = (unit, mischief)
    }

    func answer(
        unit asked: UInt8, _ request: UnsafeBufferPointer<UInt8>, over transport: Transport,
        into reply: UnsafeMutablePointer<UInt8>
    ) -> Answer? {
        guard asked == unit else { return nil }
        var answer = Answer(length: server.answer(request, into: reply), unit: unit)
        switch mischief.withLock({ $0 }) {
        case .none: break
        case .silent: answer.delivery = .never
        case .wrongUnit: answer.unit += 1
        case .wrongFunction: reply[0] = reply[0] == 3 ? 4 : 3
        case .junk: answer.delivery = .junk(seed: 7)
        case .truncated: answer.delivery = .truncated
        case .hangUp: answer.delivery = .hangUp
        case .wrongTransaction: answer.delivery = .wrongTransaction
        case .exception(let code):
            (reply[0], reply[1], answer.length) = (request[0] | 0x80, code, 2)
        }
        return answer
    }
}

private final class PatternBank: RegisterBank {
    private var words: [Table: [UInt16]] = [:]

    init() {
        for (table, kind) in [(Table.coil, RegisterTable.coil), (.discrete, .discrete), (.input, .input)] {
            words[table] = SimulatedUnit.values(kind, at: 0, count: SimulatedUnit.registers)
        }
        words[.holding] = SimulatedUnit.values(.holding, at: 0, count: SimulatedUnit.registers)
    }

    private func check(_ address: Int, _ count: Int) throws(ModbusException) {
        guard address + count <= SimulatedUnit.registers else { throw .illegalDataAddress }
    }

    func readRegisters(
        _ table: Table, at address: Int, count: Int, into bytes: UnsafeMutablePointer<UInt8>
    ) throws(ModbusException) {
        try check(address, count)
        for index in 0..<count {
            let word = words[table]![address + index]
            (bytes[2 * index], bytes[2 * index + 1]) = (UInt8(word >> 8), UInt8(truncatingIfNeeded: word))
        }
    }

    func readBits(
        _ table: Table, at address: Int, count: Int, into bytes: UnsafeMutablePointer<UInt8>
    ) throws(ModbusException) {
        try check(address, count)
        for index in 0..<(count + 7) / 8 { bytes[index] = 0 }
        for index in 0..<count { bytes[index / 8] |= UInt8(words[table]![address + index]) << UInt8(index % 8) }
    }

    func writeRegisters(at address: Int, count: Int, from bytes: UnsafePointer<UInt8>) throws(ModbusException) {
        try check(address, count)
        for index in 0..<count {
            words[.holding]![address + index] = UInt16(bytes[2 * index]) << 8 | UInt16(bytes[2 * index + 1])
        }
    }

    func writeCoils(at address: Int, count: Int, from bytes: UnsafePointer<UInt8>) throws(ModbusException) {
        try check(address, count)
        for index in 0..<count {
            words[.coil]![address + index] = UInt16(bytes[index / 8] >> UInt8(index % 8) & 1)
        }
    }
}
