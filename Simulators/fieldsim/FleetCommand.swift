import ArgumentParser
import SimulatedMachines
import SimulatorKit

struct FleetCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fleet", abstract: "Many plain Modbus TCP servers in one process, as load for a gateway.",
        discussion: "Prints a report as one line of JSON when it ends.")

    @Option(help: "Servers.")
    var devices = 10

    @Option(help: "The first server's loopback port, the others follow; 0 lets the system choose each.")
    var port: UInt16 = 21_000

    @Option(help: "Holding registers of each server, from address 0.")
    var registers = 1_000

    @Option(help: "Unit identifier.")
    var unit: UInt8 = 1

    @Option(help: "Zero-based address of the one writable register.")
    var writable = 40_000

    @Option(help: "Path of the unix socket that takes control commands.")
    var control: String?

    @Option(help: "Print a report every so many seconds.")
    var reportEvery: Int?

    @Option(help: "Seed of the values; 0 keeps all but register 0 still.")
    var changing: UInt64 = 1

    @Option(help: "The period that readings should keep, such as 100ms.")
    var period = "100ms"

    func validate() throws {
        guard (1...1_000).contains(devices), port == 0 || Int(port) + devices <= 65_536 else {
            throw ValidationError("--devices is 1 to 1000, and the last port at most 65535.")
        }
        guard (1...65_535).contains(registers), (registers...65_535).contains(writable) else {
            throw ValidationError("--registers is at least 1, and --writable lies behind them, up to 65535.")
        }
        guard reportEvery.map({ $0 > 0 }) ?? true else { throw ValidationError("--report-every is at least 1.") }
        _ = try plan()
    }

    func run() throws {
        let reactor = try Reactor()
        let stop = try StopSignal(reactor: reactor)
        let fleet = try Fleet(plan(), reactor: reactor)
        let socket = try control.map { try ControlSocket(path: $0, reactor: reactor) { fleet.obey($0) } }
        for port in fleet.ports { Output.line("listening tcp 127.0.0.1:\(port)") }
        if let reportEvery { report(fleet, every: Int64(reportEvery) * 1_000_000_000, reactor) }
        reactor.run()
        Output.line(fleet.report.text)
        socket?.shutDown()
        fleet.shutDown()
        withExtendedLifetime(stop) {}
    }

    private func plan() throws -> FleetPlan {
        var plan = FleetPlan()
        (plan.devices, plan.port, plan.registers, plan.unit) = (devices, port, registers, unit)
        (plan.writableAddress, plan.seed) = (writable, changing)
        do {
            plan.period = try Nanoseconds.parse(period)
        } catch {
            throw ValidationError("--period: \(error)")
        }
        return plan
    }

    private func report(_ fleet: Fleet, every interval: Int64, _ reactor: Reactor) {
        reactor.after(interval) {
            Output.line(fleet.report.text)
            report(fleet, every: interval, reactor)
        }
    }
}
