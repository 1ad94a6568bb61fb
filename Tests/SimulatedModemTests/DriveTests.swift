import SimulatedModem
import SimulatorKit
import Testing

@Suite("A drive")
struct DriveTests {
    private let text = """
        - {at: 0, cell: 5, tac: 7001, pci: 33, rsrp: -80, rsrq: -10, sinr: 20, rat: nr}
        - {at: 60s, cell: 5, tac: 7001, pci: 33, rsrp: -100, rsrq: -14, sinr: 4}
        - {at: 1.5m, cell: no-cell}
        - {at: 120s, cell: 6, rat: lte}
        """

    private func point(_ seconds: Int64) throws -> Drive.Point {
        try DriveFile.parse(text, name: "drive.yaml", technology: .nr).point(at: seconds * Bench.second)
    }

    @Test("of a file interpolates the signal within a cell, and knows where there is none")
    func file() throws {
        #expect(try point(30).signal == Signal(rsrp: -90, rsrq: -12, sinr: 12))
        #expect(try point(30).cell == Cell(id: 5, pci: 33, tac: 7001))
        #expect(try point(100).cell == nil)
        #expect(try point(500).cell?.technology == .lte)
    }

    @Test(
        "of a file with a mistake says where it is and what is accepted",
        arguments: [
            ("x: 1", "drive.yaml: a drive is a list of points"),
            ("- {at: 1s, cell: 1}\n- {at: 0s, cell: 1}", "drive.yaml:2: comes before the point above it"),
            ("- {at: 1s}", "drive.yaml:1: 'cell' is missing"),
            ("- {cell: 1}", "drive.yaml:1: 'at' is missing"),
            ("- {at: soon, cell: 1}", "drive.yaml:1: 'soon' is not a duration"),
            ("- {at: 1, cell: 1, rat: 3g}", "drive.yaml:1: rat '3g' is not known; accepted: nr, nsa, lte"),
            ("- {at: 1, cell: 1, colour: red}", "drive.yaml:1: 'colour' is not of a point"),
            ("- [", "drive.yaml is not YAML"),
        ])
    func mistakes(text: String, message: String) {
        #expect {
            try DriveFile.parse(text, name: "drive.yaml", technology: .nr)
        } throws: {
            "\($0)".hasPrefix(message)
        }
    }

    @Test("made up has six cells, begins anew, and is the same for one seed")
    func synthetic() {
        let drive = Drive.synthetic(seed: 4, technology: .nr)
        let cells = Set((0..<600).compactMap { drive.point(at: Int64($0) * Bench.second).cell?.id })
        #expect(cells.count == 6)
        #expect(drive.point(at: 605 * Bench.second).cell == drive.point(at: 5 * Bench.second).cell)
        #expect(drive == .synthetic(seed: 4, technology: .nr))
        #expect(drive != .synthetic(seed: 5, technology: .nr))
    }
}
