import ControlWire
import FieldModel
import MQTTLink
import OperatorInput
import Platform

/// Carries a `ConsoleMachine` out: one thread, one loop. Everything happens on it.
final class ConsoleRun {
    static let redialAfter = Duration.milliseconds(500)

    let topics: ConsoleTopics
    let time: any TimeSource = SystemTime(source: .system)
    let loop: EventLoop
    var machine: ConsoleMachine
    var seals: SessionSeals?
    var ports: [DirectPort] = []
    var connection: MQTTConnection?
    var dial: MQTTDial?
    var redial: Instant?
    /// What libmosquitto has handed over since the last turn.
    var arrived: [Arrival] = []
    let settings: ConsoleSettings
    let onEvent: @Sendable (ConsoleEvent) -> Void
    private let wishes: Monitor<OperatorConsole.Wishes>
    private let input: OperatorConsole.InputMaker
    private let video: VideoAge
    private let alarm = TimerSource()
    private var timer: GridTimer?
    private var device: (any OperatorInputDevice)?
    private var isOver = false

    struct Arrival {
        var isState: Bool
        var bytes: [UInt8]
        var correlation: [UInt8]
        var at: Instant
    }

    init(
        _ settings: ConsoleSettings, wishes: Monitor<OperatorConsole.Wishes>,
        input: @escaping OperatorConsole.InputMaker, onEvent: @escaping @Sendable (ConsoleEvent) -> Void
    ) throws(ConsoleFault) {
        do throws(SystemError) { loop = try EventLoop(time: time) } catch {
            throw ConsoleFault("the console's loop cannot be made: \(error)")
        }
        (self.settings, self.wishes, self.input, self.onEvent) = (settings, wishes, input, onEvent)
        topics = ConsoleTopics(settings)
        video = try VideoAge(settings.video)
        machine = ConsoleMachine(try ConsoleIdentity(settings, direct: []), period: settings.framePeriod)
        for (place, address) in settings.localAddresses.enumerated() {
            ports.append(
                try DirectPort(address) { [unowned self] packet, source, now in
                    take(packet, from: DirectRoute(socket: place, address: source), at: now)
                })
        }
        machine = ConsoleMachine(
            try ConsoleIdentity(settings, direct: ports.map(\.name)), period: settings.framePeriod)
    }

    var wakeUp: @Sendable () -> Void { loop.wakeUp }

    /// Returns when all is over.
    func run() {
        for port in ports { loop.add(port) }
        if let source = video.eventSource { loop.add(source) }
        loop.add(alarm)
        startDial()
        loop.run { now in
            turn(at: now)
            return !isOver
        }
        finish()
    }

    private func turn(at now: Instant) {
        takeArrived()
        takeBrokerEvents(at: now)
        obeyWishes(at: now)
        if let redial, redial <= now { startDial() }
        perform(machine.handle(.time, at: now), at: now)
        alarm.deadline = [machine.deadline, redial].compactMap { $0 }.min()
    }

    private func obeyWishes(at now: Instant) {
        var wanted = wishes.withLock { state in
            let wanted = state
            (state.confirmed, state.stops, state.acknowledgements, state.offer) = (false, 0, 0, nil)
            state.leaves = false
            return wanted
        }
        if wanted.confirmed { handle(.confirmed, at: now) }
        if wanted.acknowledgements > 0 { handle(.acknowledged, at: now) }
        if let isOffered = wanted.offer { handle(.offer(isOffered), at: now) }
        if wanted.stops > 0 { handle(.stopRequested, at: now) }
        if wanted.leaves { handle(.leave, at: now) }
        guard wanted.asked > wanted.answered else { return }
        wanted.statistics = machine.statistics(at: now)
        wishes.signal { state in
            (state.statistics, state.answered) = (wanted.statistics, wanted.asked)
            return true
        }
    }

    func handle(_ event: ConsoleMachine.Event, at now: Instant) { perform(machine.handle(event, at: now), at: now) }

    private func perform(_ actions: [ConsoleMachine.Action], at now: Instant) {
        for action in actions {
            switch action {
            case .say(let request): say(request)
            case .openInput(let nameplate):
                guard open(nameplate, at: now) else { return }
            case .beginFrames: beginFrames(at: now)
            case .startInput: (device as? any SelfRunningInput)?.start(at: now)
            case .command(let frame, let broker, let routes): send(frame, broker: broker, routes: routes, at: now)
            case .stop(let frame, let broker, let routes): send(frame, broker: broker, routes: routes, at: now)
            case .tell(let event): onEvent(event)
            case .end: isOver = true
            }
        }
    }

    /// False when there is no device: the machine is not taken then.
    private func open(_ nameplate: Nameplate, at now: Instant) -> Bool {
        do {
            let device = try input(nameplate)
            self.device = device
            loop.add(device)
            return true
        } catch {
            handle(.inputRefused("\(error)"), at: now)
            return false
        }
    }

    // MARK: Frames

    private func beginFrames(at now: Instant) {
        guard let session = machine.session, let keys = machine.keys else { return }
        seals = SessionSeals(
            keys, session: session.number, command: topics.command, stop: topics.stop, state: topics.state, start: now)
        do throws(SystemError) {
            let timer = try GridTimer(first: now, period: settings.framePeriod) { [unowned self] intended, slots in
                tick(intended, slots)
            }
            self.timer = timer
            loop.add(timer)
        } catch {
            onEvent(.lost("the console has no timer: \(error)"))
            isOver = true
        }
    }

    private func tick(_ intended: Instant, _ slots: Int) {
        guard !isOver, let device else { return }
        // What waits is older than the inputs, so it is echoed; what comes while they are read is not.
        takeArrived()
        for port in ports { port.drain(at: time.now()) }
        let asked = time.now()
        let reading = InputReading(
            sample: device.sample(at: asked), fault: device.fault, videoAge: video.age(at: asked))
        let now = time.now()
        perform(machine.handle(.tick(reading, intended: intended, slots: slots), at: now), at: now)
    }

    private func finish() {
        let now = time.now()
        dial?.abandon()
        connection?.disconnect()
        // A device leaves its loop before it closes what the loop watches.
        if let device { loop.remove(device) }
        if let source = video.eventSource { loop.remove(source) }
        device = nil
        wishes.signal { state in
            state.statistics = machine.statistics(at: now)
            (state.isFinished, state.answered) = (true, state.asked)
            return true
        }
    }
}
