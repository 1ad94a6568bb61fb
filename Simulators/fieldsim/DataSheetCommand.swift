import ArgumentParser
import SimulatedMachines

struct DataSheetCommand: ParsableCommand {
    enum Machine: String, ExpressibleByArgument, CaseIterable { case loader, drone, sensor }

    static let configuration = CommandConfiguration(
        commandName: "data-sheet", abstract: "Prints a machine's register table, as Docs/simulators.md has it.")

    @Argument(help: "loader, drone or sensor.")
    var machine: Machine

    func run() {
        switch machine {
        case .loader: printTable(WheelLoader.self)
        case .drone: printTable(InspectionDrone.self)
        case .sensor: printTable(DustSensor.self)
        }
    }

    private func printTable<Machine: SimulatedMachine>(_ type: Machine.Type) {
        Output.line(RegisterLayout.markdownHead)
        for row in Machine.registers { Output.line(row.layout.markdown) }
    }
}
