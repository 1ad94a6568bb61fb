import PeerTesting
import SimulatedModem
import SimulatorKit
import Testing

@Suite("Towards the link emulator")
struct EmulatorTests {
    /// Stands in for the emulator: keeps what it is told, and answers with counters that grow.
    private final class Emulator {
        var told: [String] = []
        private var asked: Int64 = 0

        func obey(_ line: String) -> JSON {
            guard line.hasSuffix("counters") else {
                told.append(line)
                return .done
            }
            asked += 1
            let direction = JSON.members(["packets": .integer(asked), "bytes": .integer(1_000 * asked)])
            return .members(["ok": .bool(true), "up": direction, "down": direction])
        }
    }

    @Test("the modem tells its session and its dead data, also to an emulator that comes later")
    func session() throws {
        try Station.run(emulator: true) { station in
            let host = try station.quietHost()
            _ = host.ask("AT+CGDCONT=1,\"IP\",\"internet\"")
            _ = host.ask("AT+CGACT=1,1")
            #expect(station.control("status").contains(#""link":"not reachable""#))
            let emulator = Emulator()
            let socket = try ControlSocket(path: station.folder.path("emulator"), reactor: station.reactor) {
                emulator.obey($0)
            }
            defer { socket.shutDown() }
            #expect(host.wait { emulator.told.contains("path a session up") })
            #expect(emulator.told.contains("path a dead off"))
            _ = station.control("fault data-dead cured-by pdu")
            #expect(host.wait { emulator.told.last == "path a dead on" })
            _ = host.ask("AT+CGACT=0,1")
            _ = host.ask("AT+CGACT=1,1")
            #expect(host.wait { emulator.told.last == "path a session up" })
            #expect(Array(emulator.told.suffix(3)) == ["path a session down", "path a dead off", "path a session up"])
        }
    }

    @Test("the counters are the emulator's")
    func counters() throws {
        try Station.run(emulator: true) { station in
            let emulator = Emulator()
            let socket = try ControlSocket(path: station.folder.path("emulator"), reactor: station.reactor) {
                emulator.obey($0)
            }
            defer { socket.shutDown() }
            let host = try station.quietHost()
            #expect(host.wait { station.station.modem.traffic.counters.up >= 1_000 })
            _ = host.ask("AT+CGDCONT=1,\"IP\",\"internet\"")
            _ = host.ask("AT+CGACT=1,1")
            let counters = station.station.modem.traffic.counters
            #expect(counters.up % 1_000 == 0 && counters.up == counters.down)
        }
    }
}
