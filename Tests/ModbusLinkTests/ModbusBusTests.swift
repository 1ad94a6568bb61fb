import FieldModel
import Foundation
import Glibc
import ModbusLink
import PeerTesting
import Testing

/// The ways to a simulated unit.
enum Line: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case tcp = "over TCP"
    case rtu = "over a serial line"

    var testDescription: String { rawValue }

    /// A connected bus with its unit.
    func open(in folder: TemporaryFolder, timeout: Duration = .seconds(20)) throws -> (ModbusBus, SimulatedUnit) {
        let link = folder.path("line")
        let unit = try SimulatedUnit(link: self == .rtu ? link : nil)
        let serial = SerialSettings(device: link, baud: 115_200, parity: .none, dataBits: 8, stopBits: 1, rs485: false)
        let address = self == .rtu ? BusAddress.rtu(serial) : .tcp(host: "127.0.0.1", port: unit.port)
        let bus = try ModbusBus(address, timeout: timeout)
        try bus.connect()
        return (bus, unit)
    }
}

extension ModbusBus {
    func values(_ table: RegisterTable, at address: UInt16, count: UInt16, unit: UInt8 = 1) throws -> [UInt16] {
        // Longer than asked for: what is behind the answer must stay.
        var values = [UInt16](repeating: 0xAAAA, count: Int(count) + 1)
        try read(ReadRequest(unit: unit, table: table, address: address, count: count), into: &values)
        #expect(values.last == 0xAAAA)
        return Array(values.dropLast())
    }
}

@Suite("A Modbus bus")
struct ModbusBusTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    @Test("reads all four tables, from one value to the most there are", arguments: Line.allCases)
    func reads(line: Line) throws {
        let (bus, unit) = try line.open(in: folder)
        for table in RegisterTable.allCases {
            for count in table.holdsBits ? [1, 7, 8, 9, 2000] : [1, 2, 125] as [UInt16] {
                let values = try bus.values(table, at: 11, count: count)
                #expect(values == SimulatedUnit.values(table, at: 11, count: Int(count)))
            }
        }
        withExtendedLifetime(unit) {}
    }

    @Test("writes one and many, coils and registers, and nothing beside them", arguments: Line.allCases)
    func writes(line: Line) throws {
        let (bus, unit) = try line.open(in: folder)
        for table in [RegisterTable.coil, .holding] {
            for count in [1, 2, 9, 123] {
                let written = (0..<count).map { table.holdsBits ? UInt16($0 % 2) : UInt16($0 * 99 + 5) }
                try bus.write(WriteRequest(unit: 1, table: table, address: 500, values: written))
                #expect(try bus.values(table, at: 500, count: UInt16(count)) == written)
                #expect(try bus.values(table, at: 499, count: 1) == SimulatedUnit.values(table, at: 499, count: 1))
                #expect(try bus.values(table, at: 623, count: 1) == SimulatedUnit.values(table, at: 623, count: 1))
            }
        }
        withExtendedLifetime(unit) {}
    }

    @Test("names the exception of a refusal, and goes on", arguments: Line.allCases)
    func exceptions(line: Line) throws {
        let (bus, unit) = try line.open(in: folder)
        #expect(throws: BusFault.exception(2)) { try bus.values(.holding, at: 4090, count: 10) }
        for code in [1, 4, 6, 11] as [UInt8] {
            unit.misbehave(.exception(code))
            #expect(throws: BusFault.exception(code)) { try bus.values(.input, at: 0, count: 1) }
            #expect(throws: BusFault.exception(code)) {
                try bus.write(WriteRequest(unit: 1, table: .coil, address: 0, values: [1]))
            }
        }
        unit.misbehave(.none)
        #expect(try bus.values(.input, at: 2, count: 1) == [514])
    }

    @Test("needs a connection first, and again after disconnecting", arguments: Line.allCases)
    func connections(line: Line) throws {
        let (bus, unit) = try line.open(in: folder)
        try bus.connect()
        bus.disconnect()
        bus.disconnect()
        #expect(throws: BusFault.disconnected("no connection yet")) { try bus.values(.input, at: 0, count: 1) }
        try bus.connect()
        #expect(try bus.values(.input, at: 2, count: 1) == [514])
        withExtendedLifetime(unit) {}
    }

    @Test("counts its transactions past 65535 without an error")
    func wrap() throws {
        let (bus, unit) = try Line.tcp.open(in: folder)
        let request = ReadRequest(unit: 1, table: .holding, address: 3, count: 1)
        var values: [UInt16] = [0]
        for _ in 0..<70_000 { try bus.read(request, into: &values) }
        #expect(values == [771])
        withExtendedLifetime(unit) {}
    }

    @Test("says that the port is closed, or that there is no such line")
    func refused() throws {
        let closed = try ModbusBus(.tcp(host: "127.0.0.1", port: LoopbackSocket.freePort()), timeout: .seconds(5))
        #expect(throws: BusFault.disconnected("Connection refused")) { try closed.connect() }
        let path = folder.path("nothing")
        let serial = SerialSettings(device: path, baud: 9600, parity: .even, dataBits: 8, stopBits: 1, rs485: false)
        let missing = try ModbusBus(.rtu(serial), timeout: .seconds(5))
        #expect(throws: BusFault.disconnected("\(path): No such file or directory")) { try missing.connect() }
    }

    @Test("notices that a TCP device went away, and finds it again")
    func deviceGone() throws {
        let (bus, unit) = try Line.tcp.open(in: folder)
        unit.misbehave(.hangUp)
        #expect(throws: BusFault.disconnected("the device closed the connection")) {
            try bus.values(.input, at: 0, count: 1)
        }
        unit.misbehave(.none)
        try bus.connect()
        #expect(try bus.values(.input, at: 2, count: 1) == [514])
    }

    enum Expected: Sendable { case timeout, violation, either }

    @Test(
        "gives the named fault of a serial unit that misbehaves, and goes on after it",
        arguments: [
            (.silent, .timeout), (.truncated, .timeout), (.wrongUnit, .violation), (.wrongFunction, .violation),
            (.junk, .either),
        ] as [(Mischief, Expected)])
    func serialMischief(_ mischief: Mischief, _ expected: Expected) throws {
        let (bus, unit) = try Line.rtu.open(in: folder, timeout: .milliseconds(250))
        unit.misbehave(mischief)
        #expect {
            _ = try bus.values(.holding, at: 0, count: 3)
        } throws: { error in
            switch error as? BusFault {
            case .timeout: expected != .violation
            case .protocolViolation: expected != .timeout
            default: false
            }
        }
        unit.misbehave(.none)
        let values = try bus.values(.holding, at: 1, count: 2)
        #expect(values == [257, 514])
        #expect(throws: BusFault.timeout) { try bus.values(.holding, at: 0, count: 1, unit: 9) }
    }

    @Test("notices that the other end of a serial line is gone")
    func lineGone() throws {
        let (bus, unit) = try Line.rtu.open(in: folder, timeout: .milliseconds(250))
        #expect(try bus.values(.input, at: 2, count: 1) == [514])
        _ = consume unit
        #expect {
            _ = try bus.values(.input, at: 2, count: 1)
        } throws: { error in
            if case BusFault.disconnected = error { true } else { false }
        }
    }
}
