import SimulatorKit

/// A running modem: the value, its ports, its control socket and the link emulator, on one reactor.
package final class ModemStation {
    /// Why the host sees no ports.
    enum Absence: Hashable {
        case firmware
        case vanished
    }

    package struct Plan {
        package var ports: [PortAddress] = []
        package var timeScale = 1.0
        package var control: String?
        /// The link emulator's control socket, and which path is this modem's.
        package var link: (socket: String, path: String)?

        package init() {}
    }

    private static let pace: Int64 = 10_000_000

    package internal(set) var modem: Modem
    var ports: [ATPort] = []
    var fault = ModemFault.none
    var faultNumber = 0
    var removedCards: [Int: SIMCard] = [:]
    var absences: Set<Absence> = []
    var random: Randomness
    let reactor: Reactor
    private let start: Int64
    let timeScale: Double
    var link: LinkReporter?
    private var control: ControlSocket?
    private var isShutDown = false

    package init(_ modem: Modem, _ plan: Plan, reactor: Reactor) throws(SystemFault) {
        (self.modem, self.reactor, timeScale) = (modem, reactor, plan.timeScale)
        random = Randomness(seed: modem.world.seed &+ 7)
        start = Reactor.now
        for (place, address) in plan.ports.enumerated() { ports.append(ATPort(line(at: address, place))) }
        do throws(SystemFault) {
            for port in ports { try port.line.open() }
            if let path = plan.control {
                control = try ControlSocket(path: path, reactor: reactor) { [unowned self] in obey($0) }
            }
        } catch {
            shutDown()
            throw error
        }
        if let link = plan.link {
            self.link = LinkReporter(link.socket, path: link.path, reactor: reactor)
            self.modem.attachToLink()
        }
        keepPace()
    }

    /// What the simulator prints once it can be reached.
    package var announcements: [String] { ports.map { "listening \($0.line.address.text)" } }

    package func shutDown() {
        isShutDown = true
        for port in ports { port.line.close() }
        control?.shutDown()
        link?.shutDown()
    }

    /// Simulated nanoseconds since the start.
    var now: Int64 { Int64(Double(Reactor.now - start) * timeScale) }

    func catchUp() { perform(modem.advance(to: now)) }

    private func keepPace() {
        guard !isShutDown else { return }
        if let totals = link?.takeTotals() { modem.follow(totals) }
        catchUp()
        reactor.after(Self.pace) { [weak self] in self?.keepPace() }
    }

    private func line(at address: PortAddress, _ place: Int) -> any ATLine {
        let received: ([UInt8]) -> Void = { [unowned self] in receive($0, on: place) }
        switch address {
        case .terminal(let link): return TerminalLine(link: link, reactor: reactor, received: received)
        case .abstract(let name):
            return AbstractLine(name: name, reactor: reactor, received: received) { [unowned self] in
                // Opening the port anew ends data mode, as DTR does on a real line.
                modem.escape(port: place)
                ports[place].forget()
            }
        }
    }
}
