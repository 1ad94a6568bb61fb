import SimulatorKit

/// The physics of a machine: a value that time moves on, the same for the same seed, steps and writes.
package protocol SimulatedMachine: Sendable {
    /// The machine's name on the command line.
    static var name: String { get }

    /// One line for `--help` and the data sheet.
    static var summary: String { get }

    /// Simulated seconds of one step.
    static var timeStep: Double { get }

    /// Nanoseconds after which the machine is moved on when no request does it.
    static var pace: Int64 { get }

    /// The data sheet. No two rows share an address, except bits beside one another or beside one whole register.
    static var registers: [RegisterRow<Self>] { get }

    /// The control commands that only this machine has, as `--help` shows them.
    static var commands: String { get }

    init(seed: UInt64)

    /// Moves the machine on by `timeStep`.
    mutating func step()

    /// Decides what depends on time and on what a tester set, after each step and before each request. True when a
    /// register has changed by it.
    mutating func decide(at moment: Moment) -> Bool

    /// A request for this unit has come, a write or not; `decide` has been asked before.
    mutating func heard()

    /// A write request has stored its values in these addresses.
    mutating func wrote(_ table: Table, _ addresses: Range<Int>)

    /// The reply to one of `commands`; nil for every other.
    mutating func obey(_ words: [String]) -> JSON?

    /// What `status` tells of this machine besides its registers.
    var particulars: [JSON.Member] { get }
}

extension SimulatedMachine {
    package static var pace: Int64 { 50_000_000 }
    package static var commands: String { "" }
    package mutating func decide(at moment: Moment) -> Bool { false }
    package mutating func heard() {}
    package mutating func wrote(_ table: Table, _ addresses: Range<Int>) {}
    package mutating func obey(_ words: [String]) -> JSON? { nil }
    package var particulars: [JSON.Member] { [] }
}
