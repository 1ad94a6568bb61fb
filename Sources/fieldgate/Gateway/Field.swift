import FieldModel
import Logging
import ModbusLink
import Platform
import Telemetry

extension BusPoller: BusThread.Poll {}

/// The site's buses and devices, each bus on its own thread.
struct Field: Sendable {
    /// The first points of a device's group, for whoever shows values.
    struct Shown: Sendable {
        static let limit = 5
        var layout: UInt32
        var points: [Point]
    }

    let threads: [String: BusThread]
    /// By device.
    let shown: [String: [Shown]]

    init(
        _ site: SiteSettings, spool: any Spool, live: LiveState, time: any TimeSource, logger: Logger
    ) throws(StartFault) {
        var threads: [String: BusThread] = [:]
        var shown: [String: [Shown]] = [:]
        var phases = PhaseSpread()
        var plans: [String: [GroupPlan]] = [:]
        for bus in site.buses {
            let isControlled = site.control?.devices.contains { control in
                site.devices.contains { $0.id == control.device && $0.bus == bus.id } && !control.ownConnection
            }
            let most = isControlled == true ? bus.address.shortReads : Int.max
            var groups: [GroupPoll] = []
            for device in site.devices where device.bus == bus.id {
                var map = device.map
                map.maxRegisters = min(map.maxRegisters, most)
                let name = "\(map.id) \(map.maxRegisters)"
                let known = plans[name] ?? map.groups.map { GroupPlan($0, of: map) }
                plans[name] = known
                for plan in known where !plan.points.isEmpty {
                    let layout = try Self.layout(of: plan, device, spool)
                    groups.append(GroupPoll(plan, device: device.id, unit: device.unit, layout: layout))
                    let first = Array(plan.points.prefix(Shown.limit))
                    shown[device.id, default: []].append(Shown(layout: layout, points: first))
                }
            }
            let spread = groups.map { phases.next(period: $0.period) }
            threads[bus.id] = try Self.start(
                bus, groups, spread, BusOutput(bus: bus.id, spool: spool, live: live, logger: logger), time)
        }
        self.threads = threads
        self.shown = shown
    }

    private static func layout(
        of plan: GroupPlan, _ device: DeviceSettings, _ spool: any Spool
    ) throws(StartFault) -> UInt32 {
        do throws(SpoolFault) {
            return try spool.register(Layout(device: device.id, points: plan.points.map(\.id)))
        } catch {
            throw .spool(error)
        }
    }

    private static func start(
        _ bus: BusSettings, _ groups: [GroupPoll], _ phases: [Duration], _ output: BusOutput, _ time: any TimeSource
    ) throws(StartFault) -> BusThread {
        do {
            // Made here once to refuse an impossible address at start; the thread makes its own.
            _ = try ModbusBus(bus.address, timeout: bus.timeout)
            return try BusThread(name: "bus-\(bus.id)", priority: .fifo(50), time: time) {
                guard let modbus = try? ModbusBus(bus.address, timeout: bus.timeout) else {
                    preconditionFailure("the bus \(bus.id) could be made a moment ago")
                }
                return (modbus, BusPoller(groups: groups, phases: phases, time: time, output: output))
            }
        } catch let fault as BusFault {
            throw .bus(bus.id, fault.summary)
        } catch {
            throw .bus(bus.id, "\(error)")
        }
    }
}

/// Distances of the first polls: spread over the period by the golden ratio, so that no two groups of a site fall due
/// together for long, and none waits more than a quarter of a second for its first poll.
struct PhaseSpread {
    private var index = 0

    mutating func next(period: Duration) -> Duration {
        defer { index += 1 }
        let turns = Double(index) * 0.618_033_988_75
        return min(period, .milliseconds(250)) * (turns - turns.rounded(.down))
    }
}

/// Why the gateway cannot start.
enum StartFault: Error {
    case spool(SpoolFault)
    case bus(String, String)
    case system(String)

    var text: String {
        switch self {
        case .spool(let fault): fault.summary
        case .bus(let bus, let reason): "the bus '\(bus)' cannot be used: \(reason)"
        case .system(let reason): reason
        }
    }
}
