import FieldModel
import Foundation
import ModbusLink
import PeerTesting
import Testing

@Suite("mbpoll, another master, sees the same values as the bus")
struct OtherMasterTests {
    static let tables: [(RegisterTable, String)] = [(.coil, "0"), (.discrete, "1"), (.input, "3"), (.holding, "4")]

    @Test(
        "in every table over TCP and over a serial line",
        .enabled("mbpoll is not installed") { Place.tool("mbpoll") != nil }, arguments: Line.allCases)
    func sameValues(line: Line) async throws {
        let folder = try TemporaryFolder()
        let (bus, unit) = try line.open(in: folder)
        try bus.write(WriteRequest(unit: 1, table: .holding, address: 30, values: [0, 1, 0x7FFF, 0x8000, 0xFFFF]))
        let way =
            line == .tcp
            ? ["-m", "tcp", "-p", "\(unit.port)", "127.0.0.1"]
            : ["-m", "rtu", "-b", "115200", "-P", "none", folder.path("line")]
        for (table, kind) in Self.tables {
            let values = try bus.values(table, at: 20, count: 60)
            // A serial line has one master at a time.
            if line == .rtu { bus.disconnect() }
            let arguments = ["-1", "-0", "-a", "1", "-t", kind, "-r", "20", "-c", "60"] + way
            let (code, text) = try await Peer.run("mbpoll", arguments, in: folder)
            if line == .rtu { try bus.connect() }
            #expect(code == 0)
            let seen = text.split(separator: "\n").filter { $0.hasPrefix("[") }.compactMap { row in
                row.split(separator: "\t").dropFirst().first.flatMap { UInt16($0.prefix { $0.isNumber }) }
            }
            #expect(seen == values)
        }
    }
}

@Suite(
    "A device served by pymodbus",
    .enabled("run Scripts/python-venv: pymodbus is not there") {
        FileManager.default.isExecutableFile(atPath: Pymodbus.python)
    })
struct PymodbusTests {
    @Test("is read and written in all tables", arguments: Line.allCases)
    func readsAndWrites(line: Line) async throws {
        let device = try await Pymodbus(line)
        let bus = try ModbusBus(device.address, timeout: .seconds(20))
        try bus.connect()
        for table in RegisterTable.allCases {
            for (address, count) in [(0, 1), (3, 17), (60, 40)] as [(UInt16, UInt16)] {
                let values = try bus.values(table, at: address, count: count)
                let served: [UInt16] = (address..<address + count).map { table.holdsBits ? $0 % 2 : $0 * 3 + 1 }
                #expect(values == served)
            }
        }
        for values in [[1], [1, 0, 1, 1, 0, 0, 0, 1, 1, 1]] as [[UInt16]] {
            try bus.write(WriteRequest(unit: 1, table: .coil, address: 8, values: values))
            #expect(try bus.values(.coil, at: 8, count: UInt16(values.count)) == values)
        }
        for values in [[0xBEEF], (0..<50).map { $0 * 1000 }] as [[UInt16]] {
            try bus.write(WriteRequest(unit: 1, table: .holding, address: 20, values: values))
            #expect(try bus.values(.holding, at: 20, count: UInt16(values.count)) == values)
        }
    }

    @Test("refuses an address it does not have with exception 2, and goes on", arguments: Line.allCases)
    func refuses(line: Line) async throws {
        let device = try await Pymodbus(line)
        let bus = try ModbusBus(device.address, timeout: .seconds(20))
        try bus.connect()
        #expect(throws: BusFault.exception(2)) { try bus.values(.holding, at: 95, count: 10) }
        #expect(throws: BusFault.exception(2)) {
            try bus.write(WriteRequest(unit: 1, table: .coil, address: 5000, values: [1]))
        }
        #expect(try bus.values(.holding, at: 1, count: 1) == [4])
    }

    @Test("is lost when its process dies, and found again when it is back")
    func restart() async throws {
        var device = try await Pymodbus(.tcp)
        let bus = try ModbusBus(device.address, timeout: .seconds(20))
        try bus.connect()
        #expect(try bus.values(.holding, at: 1, count: 1) == [4])
        device.process.kill()
        #expect {
            _ = try bus.values(.holding, at: 1, count: 1)
        } throws: { error in
            if case BusFault.disconnected = error { true } else { false }
        }
        #expect(throws: BusFault.self) { try bus.connect() }
        device = try await Pymodbus(.tcp, port: device.port)
        try bus.connect()
        #expect(try bus.values(.holding, at: 1, count: 1) == [4])
    }
}

/// A pymodbus server in a process of its own: unit 1, a hundred values in each table.
struct Pymodbus {
    static let python = Place.package + "/.build/venv/bin/python"

    let process: Peer
    let port: UInt16
    private let folder = try? TemporaryFolder()
    private var bridge: Peer?
    let address: BusAddress

    init(_ line: Line, port: UInt16? = nil) async throws {
        guard let folder else { throw CocoaError(.fileWriteUnknown) }
        let script = Place.package + "/Tests/Helpers/pymodbus-server.py"
        self.port = try port ?? LoopbackSocket.freePort()
        switch line {
        case .tcp:
            process = try Peer(Self.python, [script, "tcp", "\(self.port)"], in: folder)
            address = .tcp(host: "127.0.0.1", port: self.port)
        case .rtu:
            // Two pseudo-terminals back to back.
            let (near, far) = (folder.path("near"), folder.path("far"))
            let bridge = try Peer(
                "socat", ["-d", "-d", "pty,raw,echo=0,link=\(near)", "pty,raw,echo=0,link=\(far)"], in: folder)
            try await bridge.says("starting data transfer")
            self.bridge = bridge
            process = try Peer(Self.python, [script, "rtu", far], in: folder)
            address = .rtu(
                SerialSettings(device: near, baud: 115_200, parity: .none, dataBits: 8, stopBits: 1, rs485: false))
        }
        try await process.says("serving")
    }
}
