import PeerTesting
import SimulatedModem
import SimulatorKit

/// A running modem of a test's own: on a pseudo-terminal and an abstract socket, fifty times as fast as a real one.
struct Station {
    let folder: TemporaryFolder
    let reactor: Reactor
    let station: ModemStation
    let name: String

    var link: String { folder.path("at0") }

    static func run(
        _ personality: Personality = .quectelSA, terminals: [String] = ["at0"], timeScale: Double = 50,
        emulator: Bool = false, _ body: (Station) throws -> Void
    ) throws {
        let folder = try TemporaryFolder()
        let reactor = try Reactor()
        let name = "test-\(folder.path.suffix(12))"
        var plan = ModemStation.Plan()
        plan.ports = terminals.map { .terminal(link: folder.path($0)) } + [.abstract(name: name)]
        plan.timeScale = timeScale
        if emulator { plan.link = (folder.path("emulator"), "a") }
        let drive = Drive([
            Drive.Point(
                at: 0, cell: Cell(id: 7, technology: personality.technology),
                signal: Signal(rsrp: -90, rsrq: -11, sinr: 15))
        ])
        let modem = Modem(personality, ports: plan.ports.count, drive: drive)
        let station = try ModemStation(modem, plan, reactor: reactor)
        defer { station.shutDown() }
        try body(Station(folder: folder, reactor: reactor, station: station, name: name))
    }

    func terminal(_ name: String = "at0") throws -> Host { try Host(terminal: folder.path(name), reactor) }

    func socket() throws -> Host { try Host(abstract: "abstract:" + name, reactor) }

    /// A host whose port does not echo, on a modem that is registered.
    func quietHost() throws -> Host {
        let host = try terminal()
        host.wait { station.modem.registration.isRegistered }
        _ = host.ask("ATE0")
        return host
    }

    func control(_ line: String) -> String { station.obey(line).text }
}
