import ArgumentParser
import SimulatedMachines
import SimulatorKit

struct LoaderCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "loader", abstract: "Simulates \(WheelLoader.summary).")
    @Flag(help: "Stands by for a remote driver: nobody on the seat, engine running, parked.")
    var remote = false
    @OptionGroup var options: MachineOptions

    func validate() throws { try options.check() }

    func run() throws {
        try options.run { seed in
            var loader = WheelLoader(seed: seed)
            if remote { loader.standByForRemoteControl() }
            return loader
        }
    }
}

struct DroneCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drone", abstract: "Simulates \(InspectionDrone.summary).")
    @OptionGroup var options: MachineOptions

    func validate() throws { try options.check() }

    func run() throws { try options.run(InspectionDrone.init) }
}

struct SensorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "sensor", abstract: "Simulates \(DustSensor.summary).")
    @OptionGroup var options: MachineOptions

    func validate() throws { try options.check() }

    func run() throws { try options.run(DustSensor.init) }
}

struct MachineOptions: ParsableArguments {
    @Option(help: "Modbus TCP on this loopback port; 0 lets the system choose.")
    var port: UInt16?

    @Option(help: "Modbus RTU on a pseudo-terminal that this path links to.")
    var ptyLink: String?

    @Option(help: "Unit identifier.")
    var unit: UInt8 = 1

    @Option(help: "Simulated seconds in one second.")
    var timeScale = 1.0

    @Option(help: "Same seed, same machine.")
    var seed: UInt64 = 1

    @Option(help: "Path of the unix socket that takes control commands.")
    var control: String?

    func check() throws {
        guard (port == nil) != (ptyLink == nil) else {
            throw ValidationError("Give either --port or --pty-link.")
        }
        guard timeScale > 0, timeScale <= 10_000 else {
            throw ValidationError("--time-scale is above 0 and at most 10000.")
        }
    }

    func run<Machine: SimulatedMachine>(_ make: (UInt64) -> Machine) throws {
        let reactor = try Reactor()
        let stop = try StopSignal(reactor: reactor)
        let station = try MachineStation(
            make(seed), unit: unit, seed: seed, timeScale: timeScale,
            at: ptyLink.map { .rtu(link: $0) } ?? .tcp(port: port ?? 0), control: control, reactor: reactor)
        Output.line(station.announcement)
        reactor.run()
        station.shutDown()
        withExtendedLifetime(stop) {}
    }
}
