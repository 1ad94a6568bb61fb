import SimulatorKit

/// Everything of one running simulator: the machine, its line or port, its control socket, on one reactor.
package final class MachineStation<Machine: SimulatedMachine> {
    package enum Attachment: Equatable, Sendable {
        /// A loopback port; 0 for one the system chooses.
        case tcp(port: UInt16)
        /// The path that links to the pseudo-terminal.
        case rtu(link: String)
    }

    package let simulation: MachineSimulation<Machine>
    /// What the simulator prints once it can be reached.
    package private(set) var announcement = ""
    /// The Modbus TCP port; 0 on a serial line.
    package private(set) var port: UInt16 = 0

    private let reactor: Reactor
    private var shutDowns: [() -> Void] = []

    package init(
        _ machine: Machine, unit: UInt8 = 1, seed: UInt64 = 1, timeScale: Double = 1, at attachment: Attachment,
        control: String? = nil, reactor: Reactor
    ) throws(SystemFault) {
        self.reactor = reactor
        simulation = MachineSimulation(machine, timeScale: timeScale, now: Reactor.now)
        let server = MachineServer(simulation, unit: unit, seed: seed)
        switch attachment {
        case .tcp(let port): try listen(port, server)
        case .rtu(let link): try openLine(link, server)
        }
        if let control { try openControl(control) }
        keepPace()
    }

    package func shutDown() {
        for shutDown in shutDowns.reversed() { shutDown() }
        shutDowns = []
    }

    private func listen(_ port: UInt16, _ server: MachineServer<Machine>) throws(SystemFault) {
        let listener = try TCPListener(port: port, reactor: reactor, server: server)
        self.port = listener.port
        announcement = "listening tcp 127.0.0.1:\(listener.port)"
        shutDowns.append { listener.shutDown() }
    }

    private func openLine(_ link: String, _ server: MachineServer<Machine>) throws(SystemFault) {
        let line = try SerialLine(link: link, reactor: reactor, server: server)
        announcement = "listening rtu \(link)"
        shutDowns.append { line.shutDown() }
    }

    private func openControl(_ path: String) throws(SystemFault) {
        let control = MachineControl(simulation)
        do throws(SystemFault) {
            let socket = try ControlSocket(path: path, reactor: reactor) { control.obey($0) }
            shutDowns.append { socket.shutDown() }
        } catch {
            shutDown()
            throw error
        }
    }

    /// Keeps what a request has to catch up with small.
    private func keepPace() {
        reactor.after(Machine.pace) { [weak self] in
            guard let self else { return }
            simulation.advance(to: Reactor.now)
            keepPace()
        }
    }
}
