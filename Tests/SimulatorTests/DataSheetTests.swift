import Foundation
import SimulatedMachines
import Testing

@Suite("The data sheets")
struct DataSheetTests {
    private static let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    private func text(_ path: String) throws -> String {
        try String(contentsOf: Self.repository.appending(path: path), encoding: .utf8)
    }

    private func check<Machine: SimulatedMachine>(_ type: Machine.Type, profile path: String) throws {
        let manual = try text("Docs/simulators.md").split(separator: "\n").map(String.init)
        let profile = ProfilePoint.all(in: try text(path))
        for layout in Machine.registers.map(\.layout) {
            #expect(manual.contains(layout.markdown), "\(Machine.name): \(layout.name) is not in the manual")
            let point = profile.first { $0.id == layout.name }
            #expect(point == ProfilePoint(layout), "\(path): \(layout.name)")
        }
        #expect(profile.count == Machine.registers.count, "\(path) has points that the data sheet does not have")
    }

    @Test("of the loader stands in the manual and in the profile")
    func loader() throws { try check(WheelLoader.self, profile: "Firmware-Config/profiles/wheel-loader.yaml") }

    @Test("of the drone stands in the manual and in the profile")
    func drone() throws { try check(InspectionDrone.self, profile: "Firmware-Config/profiles/inspection-drone.yaml") }

    @Test("of the dust station stands in the manual and in the profile")
    func sensor() throws { try check(DustSensor.self, profile: "Firmware-Config/profiles/dust-sensor.yaml") }

    @Test("have as many rows in the manual as the machines have")
    func rowsOfTheManual() throws {
        let starts = Table.allCases.map { "| \($0.rawValue) | " }
        let rows = try text("Docs/simulators.md").split(separator: "\n").filter { line in
            starts.contains { line.hasPrefix($0) }
        }
        let machines = WheelLoader.registers.count + InspectionDrone.registers.count + DustSensor.registers.count
        #expect(rows.count == machines)
    }

    @Test("cover every type, order and table between them")
    func coverage() {
        let layouts =
            WheelLoader.registers.map(\.layout) + InspectionDrone.registers.map(\.layout)
            + DustSensor.registers.map(\.layout)
        let types = Set(layouts.map { $0.type.description.split(separator: " ")[0] })
        #expect(
            types == [
                "bool", "bit", "i16", "u16", "i32", "u32", "i64", "u64", "f32", "f64", "bcd16", "bcd32", "string",
            ])
        #expect(Set(layouts.map(\.order)) == Set(ByteSequence.allCases))
        #expect(Set(layouts.map(\.table)) == Set(Table.allCases))
    }

    @Test("give no address to two rows, but to bits and the word they are in")
    func noOverlap() {
        func check<Machine: SimulatedMachine>(_ type: Machine.Type) {
            var taken: [String: RegisterType] = [:]
            for layout in Machine.registers.map(\.layout) {
                for address in layout.addresses {
                    let key = "\(layout.table) \(address)"
                    if taken[key] != nil, case .bit = layout.type { continue }
                    #expect(taken.updateValue(layout.type, forKey: key) == nil, "\(Machine.name) \(key)")
                }
            }
        }
        check(WheelLoader.self)
        check(InspectionDrone.self)
        check(DustSensor.self)
    }
}
