import ArgumentParser

/// Simulated field devices: what a tester runs in place of a machine.
@main
struct Fieldsim: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fieldsim",
        abstract: "Simulated machines that speak Modbus, their gateway's modem and its radio links.", version: "0.1.0",
        subcommands: [
            LoaderCommand.self, DroneCommand.self, SensorCommand.self, FleetCommand.self, CameraCommand.self,
            ModemCommand.self, LinkCommand.self, NetCommand.self, SendCommand.self, DataSheetCommand.self,
        ])
}
