import Foundation
import Glibc
import SimulatedMachines
import SimulatorKit
import Testing

@Suite("Real peers", .enabled(if: FileManager.default.isExecutableFile(atPath: MasterProgram.path)))
struct PeerTests {
    @Test("mbpoll reads every table of a loader over TCP")
    func tcp() throws {
        let reactor = try Reactor()
        let station = try MachineStation(WheelLoader(seed: 1), at: .tcp(port: 0), reactor: reactor)
        defer { station.shutDown() }
        _ = try station.simulation.hold("FuelRemaining", at: 42.5)
        let address = ["-m", "tcp", "-p", "\(station.port)", "127.0.0.1"]
        #expect(try MasterProgram.run(["-t", "3", "-r", "5"] + address, reactor).contains("[5]: \t425"))
        #expect(try MasterProgram.run(["-t", "4", "-r", "0", "-c", "3"] + address, reactor).contains("[1]: \t2200"))
        #expect(try MasterProgram.run(["-t", "1", "-r", "0", "-c", "3"] + address, reactor).contains("[1]: \t1"))
        #expect(try MasterProgram.run(["-t", "0", "-r", "0", "-c", "2"] + address, reactor).contains("[0]: \t0"))
    }

    @Test("mbpoll writes a register and a coil, and is refused beyond the limits")
    func writes() throws {
        let reactor = try Reactor()
        let station = try MachineStation(WheelLoader(seed: 1), at: .tcp(port: 0), reactor: reactor)
        defer { station.shutDown() }
        let address = ["-m", "tcp", "-p", "\(station.port)", "127.0.0.1"]
        _ = try MasterProgram.run(["-t", "4", "-r", "0"] + address + ["35"], reactor)
        _ = try MasterProgram.run(["-t", "0", "-r", "0"] + address + ["1"], reactor)
        #expect(station.simulation.machine.operatorSettings.bucketSpeedLimit == 35)
        #expect(station.simulation.machine.operatorSettings.workLight)
        let refusal = try MasterProgram.run(["-t", "4", "-r", "0"] + address + ["101"], reactor)
        #expect(refusal.contains("Illegal data value"))
    }

    @Test("mbpoll decodes a drone's position with the least significant register first")
    func wordOrder() throws {
        let reactor = try Reactor()
        let station = try MachineStation(InspectionDrone(seed: 1), at: .tcp(port: 0), reactor: reactor)
        defer { station.shutDown() }
        let address = ["-m", "tcp", "-p", "\(station.port)", "127.0.0.1"]
        let position = try MasterProgram.run(["-t", "3:int", "-r", "20", "-c", "2"] + address, reactor)
        #expect(position.contains("[20]: \t312468100") && position.contains("[22]: \t1214987650"))
    }

    @Test("mbpoll reads and writes a dust station over a pseudo-terminal")
    func rtu() throws {
        let link = FileManager.default.temporaryDirectory.appending(path: "line-\(UUID().uuidString)").path
        let reactor = try Reactor()
        let station = try MachineStation(DustSensor(seed: 1), unit: 5, at: .rtu(link: link), reactor: reactor)
        let line = ["-m", "rtu", "-b", "19200", "-P", "none", "-a", "5", link]
        // 10 tenths of a second, bytes swapped.
        #expect(try MasterProgram.run(["-t", "4", "-r", "0"] + line, reactor).contains("[0]: \t2560"))
        _ = try MasterProgram.run(["-t", "0", "-r", "0"] + line + ["0"], reactor)
        #expect(station.simulation.machine.settings.fan == false)
        let stranger = ["-m", "rtu", "-b", "19200", "-P", "none", "-a", "6", "-o", "0.2", link]
        #expect(try MasterProgram.run(["-t", "4", "-r", "0"] + stranger, reactor).contains("timed out"))
        station.shutDown()
        #expect(!FileManager.default.fileExists(atPath: link))
    }
}

/// mbpoll, an independent master on libmodbus.
enum MasterProgram {
    static let path = "/usr/bin/mbpoll"

    /// Polls once with zero-based addresses while the reactor serves; what it printed, errors included.
    static func run(_ arguments: [String], _ reactor: Reactor) throws -> String {
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(filePath: path)
        process.arguments = ["-1", "-0"] + arguments
        (process.standardOutput, process.standardError) = (output, output)
        try process.run()
        try output.fileHandleForWriting.close()
        let reader = try OutputReader(dup(output.fileHandleForReading.fileDescriptor), reactor)
        while !reader.ended { reactor.turn(atMost: 10_000_000_000) }
        process.waitUntilExit()
        return String(decoding: reader.bytes, as: UTF8.self)
    }
}

/// Collects what a process prints until it ends.
final class OutputReader: EventHandler {
    private(set) var bytes: [UInt8] = []
    private(set) var ended = false
    private let fd: Int32
    private unowned let reactor: Reactor

    init(_ fd: Int32, _ reactor: Reactor) throws {
        (self.fd, self.reactor) = (fd, reactor)
        try reactor.add(fd, self)
    }

    func ready(_ events: UInt32) {
        var piece = [UInt8](repeating: 0, count: 4_096)
        let count = read(fd, &piece, piece.count)
        if count > 0 { return bytes.append(contentsOf: piece[0..<count]) }
        ended = true
        reactor.removeAndClose(fd)
    }
}
