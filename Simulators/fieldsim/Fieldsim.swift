import ArgumentParser

/// Simulated field devices: what a tester runs in place of a machine.
@main
struct Fieldsim: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fieldsim",
        abstract: "Simulated machines that speak Modbus, and the radio links of their gateway.", version: "0.1.0",
        subcommands: [
            LoaderCommand.self, DroneCommand.self, SensorCommand.self, FleetCommand.self, SendCommand.self,
            DataSheetCommand.self, NetCommand.self, LinkCommand.self, CameraCommand.self,
        ])
}
