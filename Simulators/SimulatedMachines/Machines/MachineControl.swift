import SimulatorKit

/// Obeys the control commands of one simulated machine.
package final class MachineControl<Machine: SimulatedMachine> {
    private let simulation: MachineSimulation<Machine>
    private let clock: () -> Int64

    package init(_ simulation: MachineSimulation<Machine>, clock: @escaping () -> Int64 = { Reactor.now }) {
        (self.simulation, self.clock) = (simulation, clock)
    }

    /// The reply to one line.
    package func obey(_ line: String) -> JSON {
        do throws(ControlFault) {
            simulation.advance(to: clock())
            if let reply = simulation.obey(line.split(separator: " ").map(String.init)) { return reply }
            return try obey(try ControlCommand.parse(line, besides: Machine.commands))
        } catch {
            return error.reply
        }
    }

    private func obey(_ command: ControlCommand) throws(ControlFault) -> JSON {
        switch command {
        case .status: return status
        case .freeze: simulation.freeze()
        case .thaw: simulation.thaw()
        case .fault(let fault, let lasting): simulation.inject(fault, lasting: lasting, now: clock())
        case .set(let name, let value): try simulation.set(name, to: value)
        case .hold(let name, let value): try simulation.hold(name, at: value)
        case .release(let name): try simulation.release(name)
        case .registers(let table, let address, let count): return try registers(table, address, count)
        }
        return .done
    }

    private var status: JSON {
        let quantities = Machine.registers.map { row in
            JSON.Member(name: row.layout.name, value: row.quantity(of: simulation.machine).json)
        }
        let state: KeyValuePairs<String, JSON> = [
            "ok": .bool(true), "machine": .string(Machine.name), "elapsed_s": .number(simulation.elapsed.rounded(3)),
            "frozen": .bool(simulation.frozen), "fault": .string(simulation.plan.fault(at: clock()).name),
            "held": .array(simulation.heldNames.map(JSON.string)), "requests": .integer(simulation.requests),
        ]
        return .object(
            state.map { JSON.Member(name: $0.key, value: $0.value) } + simulation.machine.particulars
                + [JSON.Member(name: "values", value: .object(quantities))])
    }

    private func registers(_ table: Table, _ address: Int, _ count: Int) throws(ControlFault) -> JSON {
        guard let words = simulation.currentImage(at: clock()).words(table, at: address, count: count) else {
            throw ControlFault("\(table.rawValue) \(address) to \(address + count - 1) is not all in the data sheet")
        }
        return .members([
            "ok": .bool(true), "table": .string(table.rawValue), "address": .integer(Int64(address)),
            "values": .array(words.map { .integer(Int64($0)) }),
        ])
    }
}

extension Quantity {
    /// Engineering units, before scale and order.
    var json: JSON {
        switch self {
        case .number(let value): .number(value)
        case .integer(let value): .integer(value)
        case .flag(let set): .bool(set)
        case .text(let text): .string(text)
        }
    }
}

extension Double {
    /// To so many decimal places.
    func rounded(_ places: Int) -> Double {
        let unit = (0..<places).reduce(1.0) { unit, _ in unit * 10 }
        return (self * unit).rounded() / unit
    }
}
