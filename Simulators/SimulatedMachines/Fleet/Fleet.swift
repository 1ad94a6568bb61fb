import CSystem
import SimulatorKit

/// What a fleet is to look like.
package struct FleetPlan: Equatable, Sendable {
    package var devices = 10
    /// The first device's loopback port, the others follow; 0 lets the system choose each.
    package var port: UInt16 = 21_000
    package var registers = 1_000
    package var unit: UInt8 = 1
    package var writableAddress = 40_000
    /// 0 keeps the registers other than 0 still.
    package var seed: UInt64 = 1
    /// Nanoseconds that the reader should keep from reading to reading.
    package var period: Int64 = 100_000_000

    package init() {}
}

/// Many Modbus TCP servers in one process, as load for a gateway.
package final class Fleet {
    package let devices: [FleetDevice]
    package var ports: [UInt16] { listeners.map(\.port) }

    private let plan: FleetPlan
    private let writes = WriteLog()
    private var listeners: [TCPListener<FleetDevice>] = []
    private var since = Reactor.now
    private var processorTime = fg_process_cpu_ns()

    package init(_ plan: FleetPlan, reactor: Reactor) throws(SystemFault) {
        self.plan = plan
        let writes = writes
        devices = (0..<plan.devices).map { FleetDevice(number: $0, plan: plan, writes: writes) }
        for device in devices {
            let port = plan.port == 0 ? 0 : plan.port + UInt16(device.number)
            listeners.append(try TCPListener(port: port, reactor: reactor, server: device))
        }
    }

    package func shutDown() {
        for listener in listeners { listener.shutDown() }
    }

    /// `status`, `report`, `reset`, `silent DEVICE [for DURATION]`, `answer`.
    package func obey(_ line: String) -> JSON {
        let words = line.split(separator: " ").map(String.init)
        do throws(ControlFault) {
            switch (words.first, words.count) {
            case ("status", 1): return status
            case ("report", 1): return takeReport()
            case ("reset", 1): reset()
            case ("silent", 2), ("silent", 4): try silence(words)
            case ("answer", 1): for device in devices { device.silentUntil = 0 }
            default: throw ControlFault("'\(line)' is not a command; accepted: \(Self.usage)")
            }
            return .done
        } catch {
            return error.reply
        }
    }

    package static let usage = "status | report | reset | silent DEVICE [for DURATION] | answer"

    /// Everything measured since the start or the last reset; leaves the writes in place.
    package var report: JSON {
        var total = ReadingStatistics(period: plan.period)
        for device in devices { total.add(device.statistics) }
        return .object(
            heading + total.members + [
                .init(name: "per_device", value: .array(zip(devices, listeners).map(Self.entry))),
                .init(name: "writes", value: .array(writes.entries.map(\.json))),
                .init(name: "writes_dropped", value: .integer(writes.dropped)),
            ])
    }

    /// The report, and the writes in it are forgotten.
    package func takeReport() -> JSON {
        defer { writes.clear() }
        return report
    }

    private var heading: [JSON.Member] {
        [
            .init(name: "ok", value: .bool(true)), .init(name: "devices", value: .integer(Int64(devices.count))),
            .init(name: "period_us", value: .number(Double(plan.period) / 1_000)),
            .init(name: "elapsed_s", value: .number((Double(Reactor.now - since) / 1e9).rounded(3))),
            .init(name: "cpu_s", value: .number((Double(fg_process_cpu_ns() - processorTime) / 1e9).rounded(4))),
        ]
    }

    private static func entry(_ device: FleetDevice, _ listener: TCPListener<FleetDevice>) -> JSON {
        .object(
            [
                .init(name: "device", value: .integer(Int64(device.number))),
                .init(name: "port", value: .integer(Int64(listener.port))),
                .init(name: "connections", value: .integer(Int64(listener.accepted))),
            ] + device.statistics.members)
    }

    private var status: JSON {
        .members([
            "ok": .bool(true), "machine": .string("fleet"), "devices": .integer(Int64(devices.count)),
            "unit": .integer(Int64(plan.unit)), "registers": .integer(Int64(plan.registers)),
            "writable": .integer(Int64(plan.writableAddress)), "ports": .array(ports.map { .integer(Int64($0)) }),
        ])
    }

    private func reset() {
        for device in devices { device.clearStatistics() }
        writes.clear()
        (since, processorTime) = (Reactor.now, fg_process_cpu_ns())
    }

    private func silence(_ words: [String]) throws(ControlFault) {
        guard let number = Int(words[1]), devices.indices.contains(number), words.count == 2 || words[2] == "for" else {
            throw ControlFault("accepted: silent 0-\(devices.count - 1) [for DURATION]")
        }
        devices[number].silentUntil =
            words.count == 4 ? Reactor.now + (try Nanoseconds.parse(words[3])) : .max
    }
}
