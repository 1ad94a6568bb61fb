import ArgumentParser
import Glibc
import SimulatedModem
import SimulatorKit

extension Personality: ExpressibleByArgument {}

struct ModemCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "modem", abstract: "Simulates a cellular modem with AT ports.",
        discussion: "Docs/modem-simulator.md describes personalities, drive files, control commands and faults.")

    @Option(help: "Whose modem it is: quectel-sa, quectel-nsa, generic or unisoc.")
    var personality = Personality.quectelSA

    @Option(help: "An AT port on a pseudo-terminal that this path links to; may be given several times.")
    var pty: [String] = []

    @Option(help: "An AT port on a unix socket of this abstract name; may be given several times.")
    var abstract: [String] = []

    @Option(help: "Path of the unix socket that takes control commands.")
    var control: String?

    @Option(help: "Same seed, same modem.")
    var seed: UInt64 = 1

    @Option(help: "Simulated seconds in one second.")
    var timeScale = 1.0

    @Option(help: "Cells and signal over time, as YAML; else a made-up haul road.")
    var drive: String?

    @Option(help: "The control socket of the link emulator that carries this modem's data.")
    var link: String?

    @Option(help: "Which of the emulator's paths is this modem's: a or b.")
    var path = "a"

    @Option(help: "The card in slot 1 as ICCID:IMSI, or none.")
    var slot1: String?

    @Option(help: "The card in slot 2 as ICCID:IMSI, or none.")
    var slot2: String?

    func validate() throws {
        guard !pty.isEmpty || !abstract.isEmpty else { throw ValidationError("Give at least one --pty or --abstract.") }
        guard timeScale > 0, timeScale <= 10_000 else {
            throw ValidationError("--time-scale is above 0 and at most 10000.")
        }
        guard ["a", "b"].contains(path) else { throw ValidationError("--path is a or b.") }
        do { _ = try cards() } catch { throw ValidationError("\(error)") }
    }

    func run() throws {
        let reactor = try Reactor()
        let stop = try StopSignal(reactor: reactor)
        let ports: [PortAddress] = pty.map { .terminal(link: $0) } + abstract.map { .abstract(name: $0) }
        let modem = Modem(
            personality, seed: seed, ports: ports.count, cards: try cards(), drive: try readDrive(),
            epoch: Int64(time(nil)))
        var plan = ModemStation.Plan()
        (plan.ports, plan.timeScale, plan.control) = (ports, timeScale, control)
        plan.link = link.map { ($0, path) }
        let station = try ModemStation(modem, plan, reactor: reactor)
        for line in station.announcements { Output.line(line) }
        reactor.run()
        station.shutDown()
        withExtendedLifetime(stop) {}
    }

    private func cards() throws(ControlFault) -> [SIMCard?] {
        var cards = SIMCard.defaults
        for (place, text) in [slot1, slot2].enumerated() {
            if let text { cards[place] = text == "none" ? nil : try SIMCard.parse(text) }
        }
        return cards
    }

    private func readDrive() throws -> Drive? {
        guard let drive else { return nil }
        guard let file = fopen(drive, "r") else { throw SystemFault("--drive \(drive)", code: errno) }
        defer { fclose(file) }
        var text: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65_536)
        while case let count = fread(&piece, 1, piece.count, file), count > 0 { text += piece[0..<count] }
        return try DriveFile.parse(
            String(decoding: text, as: UTF8.self), name: drive, technology: personality.technology)
    }
}
