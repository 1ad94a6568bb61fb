/// The physics of a machine: a value that time moves on, the same for the same seed, steps and writes.
package protocol SimulatedMachine: Sendable {
    /// The machine's name on the command line.
    static var name: String { get }

    /// One line for `--help` and the data sheet.
    static var summary: String { get }

    /// Simulated seconds of one step.
    static var timeStep: Double { get }

    /// The data sheet. No two rows share an address, except bits beside one another or beside one whole register.
    static var registers: [RegisterRow<Self>] { get }

    init(seed: UInt64)

    /// Moves the machine on by `timeStep`.
    mutating func step()
}
