import SimulatorKit

/// A machine that runs in wall-clock time, its registers, and what a tester does to both.
///
/// Belongs to the reactor's thread.
package final class MachineSimulation<Machine: SimulatedMachine> {
    /// Steps made in one go: when time is scaled beyond what the processor can do, the machine lags, requests don't.
    private static var stepsAtOnce: Int { max(20_000, Int(1_000 / Machine.timeStep)) }

    package private(set) var machine: Machine
    /// Seconds the machine has lived.
    package private(set) var elapsed = 0.0
    package private(set) var frozen = false
    package private(set) var plan = FaultPlan()
    /// Requests answered or left unanswered by a fault.
    package var requests: Int64 = 0

    private let rows = Machine.registers
    private let timeScale: Double
    private var clock: Int64
    private var owed = 0.0
    private var held: [(row: RegisterRow<Machine>, value: Double)] = []
    private var image: RegisterImage
    private var imageIsOld = false

    /// `now` in nanoseconds of the reactor's clock; `timeScale` simulated seconds pass in one second.
    package init(_ machine: Machine, timeScale: Double = 1, now: Int64) {
        self.machine = machine
        self.timeScale = timeScale
        clock = now
        image = RegisterImage(of: machine, rows: Machine.registers)
    }

    /// Moves the machine on to `now`.
    package func advance(to now: Int64) {
        let passed = Double(max(0, now - clock)) / 1e9 * timeScale
        clock = now
        guard !frozen else { return }
        owed += passed
        // A step is due, too, when only the rounding of the sum keeps it back.
        let steps = min(Self.stepsAtOnce, Int(owed / Machine.timeStep + 1e-6))
        for _ in 0..<steps { step() }
        decide()
    }

    private func step() {
        owed -= Machine.timeStep
        elapsed += Machine.timeStep
        machine.step()
        for (row, value) in held { row.set(value, in: &machine) }
        imageIsOld = true
        decide(at: Moment(seconds: elapsed, boottime: clock - Int64(owed / timeScale * 1e9)))
    }

    private func decide() { decide(at: Moment(seconds: elapsed + owed, boottime: clock)) }

    private func decide(at moment: Moment) {
        if machine.decide(at: moment) { imageIsOld = true }
    }

    package func freeze() { frozen = true }

    package func thaw() { frozen = false }

    /// `lasting` in nanoseconds; nil for ever.
    package func inject(_ fault: Fault, lasting: Int64?, now: Int64) {
        _ = currentImage(at: now)
        plan = FaultPlan(fault, until: lasting.map { now + $0 })
    }

    /// The registers at `now`; while they are stuck, those of the moment they got stuck.
    package func currentImage(at now: Int64) -> RegisterImage {
        if imageIsOld, plan.fault(at: now) != .stuck {
            image.update(of: machine, rows: rows)
            imageIsOld = false
        }
        return image
    }
}

extension MachineSimulation {
    package func set(_ name: String, to value: Double) throws(ControlFault) {
        try settable(name).set(value, in: &machine)
        imageIsOld = true
        decide()
    }

    package func hold(_ name: String, at value: Double) throws(ControlFault) {
        let row = try settable(name)
        held.removeAll { $0.row.layout.name == row.layout.name }
        held.append((row, value))
        row.set(value, in: &machine)
        imageIsOld = true
        decide()
    }

    /// The reply to a command that only this machine has; nil for every other.
    package func obey(_ words: [String]) -> JSON? { machine.obey(words) }

    /// A request for the machine has come; it has been moved on to now.
    package func heard() {
        requests += 1
        machine.heard()
    }

    package func release(_ name: String) throws(ControlFault) {
        if name == "all" { return held.removeAll() }
        let row = try settable(name)
        held.removeAll { $0.row.layout.name == row.layout.name }
    }

    package var heldNames: [String] { held.map(\.row.layout.name) }

    private func settable(_ name: String) throws(ControlFault) -> RegisterRow<Machine> {
        let named = rows.filter { $0.layout.name.lowercased() == name.lowercased() && $0.canBeSet }
        if let row = named.first { return row }
        let names = rows.filter(\.canBeSet).map(\.layout.name)
        throw ControlFault("'\(name)' is not a quantity that can be set; accepted: \(names.joined(separator: ", "))")
    }
}

extension MachineSimulation {
    /// Takes the words of a write to coils or holding registers, all or none.
    ///
    /// Every address must belong to a writable row. A value outside the row's limits is an illegal data value. Where a
    /// write covers part of a row, the rest keeps what it has.
    package func write(_ table: Table, at address: Int, _ words: [UInt16]) throws(ModbusException) {
        let written = address..<(address + words.count)
        let touched = rows.filter { $0.layout.table == table && $0.layout.addresses.overlaps(written) }
        let covered = touched.reduce(0) { $0 + $1.layout.addresses.clamped(to: written).count }
        guard covered == words.count, touched.allSatisfy({ $0.layout.access == .readWrite }) else {
            throw .illegalDataAddress
        }
        var values: [Double] = []
        for row in touched {
            guard let value = row.layout.decode(merged(row, words, at: address)),
                row.layout.limits?.contains(value) ?? true
            else { throw .illegalDataValue }
            values.append(value)
        }
        for (row, value) in zip(touched, values) { row.set(value, in: &machine) }
        machine.wrote(table, written)
        imageIsOld = true
    }

    private func merged(_ row: RegisterRow<Machine>, _ words: [UInt16], at address: Int) -> [UInt16] {
        var merged = row.layout.encode(row.quantity(of: machine))
        for (index, word) in words.enumerated() where row.layout.addresses.contains(address + index) {
            merged[address + index - row.layout.address] = word
        }
        return merged
    }
}
