import Control
import FieldModel

/// A gateway's session, its disk, its bus, a machine and two consoles over a channel that loses, doubles and reorders:
/// everything whose order nobody controls is a step that may come at any time.
package struct ControlWorld: Hashable, Sendable {
    package struct Budget: Hashable, Sendable {
        package var frames = 5
        package var ticks = 8
        package var claims = 1
        package var stops = 1
        package var crashes = 2
        package var freezes = 1
        package var doubles = 1
        /// A frame that is never delivered is lost too: to drop one only makes room for another.
        package var drops = 1000
        package var intents = Intent.allCases

        package init() {}
    }

    package enum Step: Hashable, Sendable {
        case tick, hear(Int), send(Int, Intent), deliver(Int), drop(Int), double(Int), claim(Int, force: Bool)
        case stop(Int), store, order, complete, crash, freeze, thaw, lateArrives
    }

    /// What a console's operator wants at a moment.
    package enum Intent: Hashable, Sendable, CaseIterable {
        case rest, hold, move, acknowledge, acknowledgeOther
    }

    package enum Message: Hashable, Sendable {
        /// The frame, and when its console looked at its inputs.
        case frame(CommandFrame, sampled: Instant)
        case stop(id: UInt64, epoch: UInt64)
    }

    struct Console: Hashable, Sendable {
        var session: UInt32
        var epoch: UInt64 = 0
        var sequence: UInt64 = 0
        var heard: StateFrame?
    }

    struct Disk: Hashable, Sendable {
        var epoch: UInt64 = 0
        var isOpen = false
        var waiting: [SessionAction] = []
    }

    package static let tick = Duration.milliseconds(100)

    package private(set) var now = Instant(nanoseconds: 1_000_000_000)
    package private(set) var session: SessionMachine?
    package private(set) var machine: ModelledMachine
    package private(set) var broken: String?
    var budget: Budget
    let guards: SessionGuards
    var disk = Disk()
    var consoles = [Console(session: 1), Console(session: 2)]
    var channel: [Message] = []
    var underWay: BusOrder?
    /// The session's generation when the order under way was taken: a stop since then voids it.
    var taken: UInt32 = 0
    /// What a dead gateway left in its connection.
    var late: BusOrder?
    var isFrozen = false
    var watch = ControlWatch()

    package init(budget: Budget, guards: SessionGuards = .all, machine: ModelledMachine.Kind = .permits) {
        self.budget = budget
        self.guards = guards
        self.machine = ModelledMachine(machine, watchdog: .milliseconds(300))
        start()
    }

    /// Small timers, so that everything happens within a few ticks.
    static var limits: SessionLimits {
        var limits = SessionLimits()
        (limits.freshness, limits.degradeAfter, limits.stopAfter) = (tick, tick, .milliseconds(200))
        (limits.ramp, limits.enableHold, limits.clean) = (tick, .zero, tick)
        (limits.lease, limits.unused, limits.grant) = (.milliseconds(400), .seconds(60), .milliseconds(300))
        (limits.measure, limits.confirm) = (.milliseconds(800), .milliseconds(800))
        (limits.echoes, limits.roundTrip, limits.loss) = (1, .milliseconds(300), 1000)
        (limits.stopsThatLock, limits.deviceSilence) = (3, .seconds(60))
        (limits.frameRate, limits.frameBurst, limits.creep) = (1_000_000, 100, 1000)
        return limits
    }

    mutating func start() {
        var session = SessionMachine(
            limits: Self.limits, epoch: disk.epoch, wasOpen: disk.isOpen, guards: guards, echoMemory: 4, at: now)
        _ = session.handle(.deviceBack, at: now)
        self.session = session
    }

    // MARK: Steps

    package var steps: [Step] {
        var steps: [Step] = []
        if budget.ticks > 0 { steps.append(.tick) }
        for index in channel.indices {
            steps.append(.deliver(index))
            if budget.drops > 0 { steps.append(.drop(index)) }
        }
        if budget.doubles > 0, channel.count < 3 { steps += channel.indices.map(Step.double) }
        for index in consoles.indices { steps += consoleSteps(index) }
        if late != nil { steps.append(.lateArrives) }
        guard session != nil else { return budget.crashes >= 0 ? steps + [.thaw] : steps }
        if isFrozen { return steps + [.thaw] }
        if !disk.waiting.isEmpty { steps.append(.store) }
        if underWay != nil { steps.append(.complete) } else { steps.append(.order) }
        if budget.crashes > 0 { steps.append(.crash) }
        if budget.freezes > 0 { steps.append(.freeze) }
        return steps
    }

    private func consoleSteps(_ index: Int) -> [Step] {
        var steps: [Step] = []
        let isFree = channel.count < 3
        if hasNews(for: index) { steps.append(.hear(index)) }
        if budget.frames > 0, isFree, consoles[index].epoch > 0, consoles[index].heard != nil {
            steps += budget.intents.map { .send(index, $0) }
        }
        if budget.stops > 0, isFree, consoles[index].epoch > 0 { steps.append(.stop(index)) }
        if budget.claims > 0, session != nil, !isFrozen {
            steps.append(.claim(index, force: false))
            if index == 1 { steps.append(.claim(index, force: true)) }
        }
        return steps
    }

    /// A state that tells the console nothing new is not sent: there would be no end of them.
    private func hasNews(for index: Int) -> Bool {
        guard let session, !isFrozen, consoles[index].epoch > 0 else { return false }
        guard let heard = consoles[index].heard else { return true }
        return heard.time != UInt64(now.nanoseconds / 1000) || heard.phase != session.phase
            || heard.stopNumber != session.stopNumber
    }

    package mutating func take(_ step: Step) {
        switch step {
        case .tick: tick()
        case .hear(let index): consoles[index].heard = session?.nextState(at: now)
        case .send(let index, let intent): send(index, intent)
        case .deliver(let index): deliver(channel.remove(at: index))
        case .drop(let index):
            budget.drops -= 1
            channel.remove(at: index)
        case .double(let index):
            budget.doubles -= 1
            channel.append(channel[index])
        case .claim(let index, let force): claim(index, force: force)
        case .stop(let index):
            budget.stops -= 1
            channel.append(.stop(id: UInt64(100 + budget.stops), epoch: consoles[index].epoch))
        case .store: store()
        case .order:
            underWay = session?.nextOrder(at: now)
            taken = session?.generation ?? 0
        case .complete: complete()
        case .crash: crash()
        case .freeze:
            budget.freezes -= 1
            isFrozen = true
        case .thaw: goOn()
        case .lateArrives:
            lateArrives()
        }
        check()
    }

    /// A process that goes on sees the time first: its deadlines come before what waits in its sockets.
    private mutating func goOn() {
        guard session != nil else { return start() }
        isFrozen = false
        act { $0.handle(.tick, at: $1) }
    }

    private mutating func tick() {
        budget.ticks -= 1
        now = now + Self.tick
        machine.time(now)
        if !isFrozen { act { $0.handle(.tick, at: $1) } }
    }

    private mutating func act(_ body: (inout SessionMachine, Instant) -> [SessionAction]) {
        guard var session else { return }
        let actions = body(&session, now)
        self.session = session
        for action in actions { carryOut(action) }
    }

    private mutating func carryOut(_ action: SessionAction) {
        switch action {
        case .storeOpen, .storeEpoch, .storeClosed: disk.waiting.append(action)
        case .granted(let claim):
            watch.granted(claim.epoch)
            consoles[Int(claim.session) - 1].epoch = claim.epoch
            consoles[Int(claim.session) - 1].heard = nil
        case .record(let transition): watch.changed(transition, machine: machine)
        case .waiting, .refused, .ended: break
        }
    }

    private mutating func claim(_ index: Int, force: Bool) {
        budget.claims -= 1
        guard let session else { return }
        let claim = Claim(
            session: consoles[index].session, epoch: session.nextEpoch, operatorID: "\(index)",
            role: .supervisor, force: force)
        act { $0.handle(.claim(claim), at: $1) }
    }

    private mutating func send(_ index: Int, _ intent: Intent) {
        guard let heard = consoles[index].heard else { return }
        budget.frames -= 1
        consoles[index].sequence += 1
        var frame = CommandFrame(
            session: consoles[index].session, epoch: consoles[index].epoch, sequence: consoles[index].sequence,
            echoSequence: heard.sequence, echoTime: heard.time)
        switch intent {
        case .rest: break
        case .hold: frame.flags = .enable
        case .move:
            frame.flags = .enable
            frame.axes[0] = 700
        case .acknowledge: frame.acknowledgedStop = heard.stopNumber
        case .acknowledgeOther: frame.acknowledgedStop = heard.stopNumber + 7
        }
        channel.append(.frame(frame, sampled: now))
    }

    private mutating func deliver(_ message: Message) {
        guard session != nil, !isFrozen else { return }
        switch message {
        case .frame(let frame, let sampled):
            let before = session?.lease?.newest ?? 0
            act { session, now in session.receive(frame, at: now).actions }
            if session?.lease?.newest == frame.sequence, before != frame.sequence || !guards.contains(.newest) {
                watch.accepted(frame, sampled: sampled, session)
            }
        case .stop(let id, let epoch):
            let counts =
                session.map { $0.phase.isOpen && $0.epoch == epoch && !$0.knows(stop: id) } ?? false
            act { $0.handle(.stop(id: id, epoch: epoch, by: "x"), at: $1) }
            if counts { watch.stopArrived(session) }
        }
    }

    private mutating func store() {
        let action = disk.waiting.removeFirst()
        switch action {
        case .storeOpen(let number, _):
            disk.isOpen = true
            act { $0.handle(.opened(session: number), at: $1) }
        case .storeEpoch(let epoch):
            disk.epoch = max(disk.epoch, epoch)
            act { $0.handle(.committed(epoch: epoch), at: $1) }
        case .storeClosed: disk.isOpen = false
        default: break
        }
    }

    /// The order reaches the machine; its freshness was judged when it left, or is judged now.
    private mutating func complete() {
        guard let order = underWay else { return }
        underWay = nil
        if case .drive(let drive) = order, isVoid(drive) {
            return act { $0.handle(.finished(order, .stale), at: $1) }
        }
        apply(order)
        let report = machine.report(asked: now)
        act { session, now in
            if case .drive = order { return session.handle(.finished(order, .done), at: now) }
            return session.handle(.finished(order, .report(report)), at: now)
        }
    }

    /// Until the machine has heard of a newer permit its watchdog alone bounds what a dead gateway left behind.
    private mutating func lateArrives() {
        guard let late else { return }
        self.late = nil
        guard case .drive(let drive) = late else { return apply(late) }
        let fence = machine.fence
        if machine.drive(drive, at: now), drive.permit < fence { watch.movedLate() }
    }

    private func isVoid(_ drive: DriveOrder) -> Bool {
        guards.contains(.recheck) && now > drive.validUntil
            || guards.contains(.purge) && taken != session?.generation
    }

    private mutating func apply(_ order: BusOrder) {
        switch order {
        case .drive(let drive):
            if machine.drive(drive, at: now) { watch.applied(drive, at: now) }
        case .arm(let permit): machine.arm(permit, at: now)
        case .safe(let permit): machine.safe(permit, at: now)
        case .report: break
        }
    }

    private mutating func crash() {
        budget.crashes -= 1
        if late == nil { late = underWay }
        (session, underWay, isFrozen) = (nil, nil, false)
        disk.waiting = []
    }

    private mutating func check() {
        if broken == nil { broken = watch.broken }
        guard broken == nil, machine.axes != .rest else { return }
        if machine.fed.duration(to: now) > machine.watchdog { broken = "(c) motion beyond the watchdog" }
        let isAlive = session != nil && !isFrozen
        if isAlive, let basis = watch.basis, underWay == nil, late == nil,
            basis.duration(to: now) > Self.limits.stopAfter + Self.tick, session?.agendaIsEmpty == true
        {
            broken = "(b) motion without a fresh frame"
        }
    }
}
