import FieldModel

/// What the poll of one bus tells the outside.
package protocol BusPollerOutput: AnyObject {
    func polled(_ batch: TelemetryBatch, of device: String)
    func changed(_ device: String, to state: BusReport.DeviceState, problem: String?, at moment: GroupPoll.Moment)
    func report(_ report: BusReport)
}

/// Polls the groups of one bus, a transaction at a time. Lives on the bus's thread.
package final class BusPoller {
    private struct Progress {
        var group: Int
        var block: Int
        var failed = 0
        var problem: String?
    }

    /// How the last poll of a group went.
    private struct Outcome {
        var state = BusReport.DeviceState.unknown
        var problem: String?
    }

    private var groups: [GroupPoll]
    /// By group, as is `resumed`.
    private var outcomes: [Outcome]
    /// Grid points before this moment were left out on purpose.
    private var resumed: [Instant]
    private var schedule: PollSchedule
    private var health: [UInt8: UnitHealth] = [:]
    private var connection = Backoff(first: .milliseconds(250), longest: .seconds(10))
    private var connectAt: Instant?
    private var progress: Progress?
    private var values: [UInt16]
    private var report = BusReport()
    private let time: any TimeSource
    private let output: any BusPollerOutput

    /// `phases` are the first polls' distances from now.
    package init(groups: [GroupPoll], phases: [Duration], time: any TimeSource, output: any BusPollerOutput) {
        self.groups = groups
        self.time = time
        self.output = output
        outcomes = groups.map { _ in Outcome() }
        resumed = groups.map { _ in time.now() }
        schedule = PollSchedule(periods: groups.map(\.period), start: time.now(), phases: phases)
        values = Array(repeating: 0, count: groups.flatMap(\.blocks).map(\.count).max() ?? 1)
        for group in groups {
            report.devices[group.device] = BusReport.Device()
            health[group.unit] = UnitHealth()
        }
    }

    /// Makes at most one transaction, and says when it wants the next turn.
    package func turn(_ bus: any Bus) -> Instant {
        let now = time.now()
        if progress == nil {
            if let connectAt, now < connectAt { return connectAt }
            guard let next = nextGroup(), next.due <= now else { return nextGroup()?.due ?? now + .seconds(1) }
            do throws(BusFault) {
                try bus.connect()
            } catch {
                return connectionLost(error)
            }
            begin(next.index, at: now)
        }
        return transact(bus)
    }

    private func nextGroup() -> (index: Int, due: Instant)? {
        schedule.earliest { index in health[groups[index].unit]?.quietUntil }
    }

    private func begin(_ index: Int, at now: Instant) {
        let heldBack =
            connectAt != nil || health[groups[index].unit]?.isSilent == true
            || schedule.entries[index].due < resumed[index]
        let overrunsBefore = schedule.entries[index].overruns
        let lateness = schedule.begin(index, at: now, heldBack: heldBack)
        report.overruns += schedule.entries[index].overruns - overrunsBefore
        if !heldBack { report.lateness.add(lateness) }
        groups[index].begin()
        progress = Progress(group: index, block: 0)
    }

    private func transact(_ bus: any Bus) -> Instant {
        guard var progress else { return time.now() }
        let group = progress.group
        let request = groups[group].blocks[progress.block].request(unit: groups[group].unit)
        report.transactions += 1
        do throws(BusFault) {
            try bus.read(request, into: &values)
            groups[group].take(progress.block, values, at: moment())
            answered(group)
            progress.block += 1
        } catch {
            progress.problem = "\(request.table.rawValue) \(request.address): \(error.summary)"
            let rest = groups[group].blocks.count - progress.block
            switch error {
            case .exception where !error.isSilence:
                answered(group)
                fail(&progress, error.quality, blocks: 1)
            case .exception, .timeout, .protocolViolation:
                fail(&progress, error.quality, blocks: rest)
                missed(group, error)
            case .disconnected:
                fail(&progress, error.quality, blocks: rest)
                self.progress = nil
                finish(progress)
                return connectionLost(error)
            }
        }
        guard progress.block == groups[group].blocks.count else {
            self.progress = progress
            return time.now()
        }
        self.progress = nil
        finish(progress)
        return nextGroup()?.due ?? time.now() + .seconds(1)
    }

    /// Where a silence or an outage ends here, whatever was given up then is polled at once.
    private func answered(_ group: Int) {
        let unit = groups[group].unit
        let busIsBack = connectAt != nil
        if busIsBack || health[unit]?.isSilent == true {
            let now = time.now()
            for index in groups.indices where busIsBack || groups[index].unit == unit {
                resumed[index] = now
                if index != group { schedule.bringForward(index, to: now) }
            }
        }
        health[unit]?.answered()
        connection.reset()
        connectAt = nil
        report.connected = true
    }

    /// A unit that falls silent takes its other groups with it: nobody will ask for them.
    private func missed(_ group: Int, _ fault: BusFault) {
        let unit = groups[group].unit
        let wasSilent = health[unit]?.isSilent ?? false
        health[unit]?.missed(at: time.now(), jitter: .random(in: 0..<1))
        guard !wasSilent, health[unit]?.isSilent == true else { return }
        giveUp(groups.indices.filter { $0 != group && groups[$0].unit == unit }, fault)
    }

    private func fail(_ progress: inout Progress, _ quality: Quality, blocks: Int) {
        let moment = moment()
        for block in progress.block..<progress.block + blocks {
            groups[progress.group].fail(block, quality, at: moment)
        }
        progress.block += blocks
        progress.failed += blocks
    }

    private func finish(_ progress: Progress) {
        let moment = moment()
        let group = groups[progress.group]
        let good = progress.failed == 0
        outcomes[progress.group] = Outcome(
            state: good ? .good : progress.failed < group.blocks.count ? .degraded : .bad, problem: progress.problem)
        judge(group.device, at: moment)
        report.devices[group.device]?.polls += 1
        if !good { report.devices[group.device]?.failures += 1 }
        if let batch = groups[progress.group].finish(at: moment) {
            report.values += Int64(group.pointCount)
            output.polled(batch, of: group.device)
        }
        output.report(report)
    }

    /// Every group is without its bus: said once, then tried again at growing distances.
    private func connectionLost(_ fault: BusFault) -> Instant {
        report.connected = false
        giveUp(Array(groups.indices), fault)
        output.report(report)
        let retry = time.now() + connection.next(jitter: .random(in: 0..<1))
        connectAt = retry
        return retry
    }

    /// Groups that cannot be polled now: their points carry the reason.
    private func giveUp(_ indices: [Int], _ fault: BusFault) {
        let moment = moment()
        for index in indices { outcomes[index] = Outcome(state: .bad, problem: fault.summary) }
        for index in indices {
            groups[index].begin()
            for block in groups[index].blocks.indices { groups[index].fail(block, fault.quality, at: moment) }
            judge(groups[index].device, at: moment)
            if let batch = groups[index].finish(at: moment) { output.polled(batch, of: groups[index].device) }
        }
    }

    /// A device is as good as its groups together; a change is told once.
    private func judge(_ device: String, at moment: GroupPoll.Moment) {
        let own = groups.indices.filter { groups[$0].device == device }.map { outcomes[$0] }
        let states = Set(own.map(\.state)).subtracting([.unknown])
        let state = states.count == 1 ? states.first ?? .unknown : .degraded
        let problem = own.lazy.compactMap(\.problem).first
        let before = report.devices[device]?.state
        report.devices[device]?.state = state
        report.devices[device]?.problem = problem
        if before != state { output.changed(device, to: state, problem: problem, at: moment) }
    }

    private func moment() -> GroupPoll.Moment {
        GroupPoll.Moment(instant: time.now(), utc: time.utc(), clock: time.clockQuality())
    }
}
