import FieldGateTesting
import FieldModel

@testable import Telemetry

/// A poller on a scripted bus, its clock, and what it told.
final class PollerBench: BusPollerOutput {
    struct Change: Hashable {
        var device: String
        var state: BusReport.DeviceState
        var problem: String?
    }

    let time = ManualTime()
    let bus: ScriptedBus
    private(set) var batches: [(device: String, batch: TelemetryBatch)] = []
    private(set) var changes: [Change] = []
    private(set) var report = BusReport()
    private var poller: BusPoller?
    private var wanted: Instant

    static let timeout = Duration.milliseconds(500)

    init(_ groups: [GroupPoll], phases: [Duration]? = nil) {
        bus = ScriptedBus(time: time, answerTime: .milliseconds(2), timeout: Self.timeout)
        wanted = time.now()
        poller = BusPoller(
            groups: groups, phases: phases ?? groups.map { _ in .zero }, time: time, output: self)
    }

    /// One turn, after waiting until the poller wants it. Returns how many transactions it made.
    @discardableResult
    func turn() -> Int {
        time.advance(to: wanted)
        let before = bus.transactions
        if let next = poller?.turn(bus) { wanted = next }
        return bus.transactions - before
    }

    /// Turns until `duration` has passed.
    func run(for duration: Duration) {
        let end = time.now() + duration
        while wanted < end { turn() }
        time.advance(to: end)
    }

    func batches(of device: String) -> [TelemetryBatch] { batches.filter { $0.device == device }.map(\.batch) }

    func forget() {
        batches = []
        changes = []
        bus.forgetCalls()
    }

    func polled(_ batch: TelemetryBatch, of device: String) { batches.append((device, batch)) }

    func changed(_ device: String, to state: BusReport.DeviceState, problem: String?, at moment: GroupPoll.Moment) {
        changes.append(Change(device: device, state: state, problem: problem))
    }

    func report(_ report: BusReport) { self.report = report }
}

extension GroupPoll {
    /// A group of holding registers, a block for each address.
    static func blocks(
        _ addresses: [Int], of device: String, unit: UInt8, group: String = "g", every period: Duration,
        layout: UInt32 = 1
    ) -> GroupPoll {
        let points = addresses.map { point("\(group)\($0)", $0, table: .holding, group: group) }
        let map = RegisterMap(id: "m", title: "M", groups: [PollGroup(id: group, period: period)], points: points)
        return GroupPoll(GroupPlan(map.groups[0], of: map), device: device, unit: unit, layout: layout)
    }
}
