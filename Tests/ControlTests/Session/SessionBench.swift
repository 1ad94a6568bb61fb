import Control
import ControlModel
import FieldModel
import Testing

/// A session and a machine in simulated milliseconds; the disk and the bus answer at once unless told otherwise.
struct SessionBench {
    var now = Instant(nanoseconds: 5_000_000_000)
    var session: SessionMachine
    var machine = ModelledMachine()
    var transitions: [Transition] = []
    var actions: [SessionAction] = []
    var drives: [DriveOrder] = []
    var diskAnswers = true
    var busAnswers = true
    /// What the machine reports beside its set-points.
    var report: (inout MachineReport) -> Void = { _ in }
    private var sequence: UInt64 = 0
    private var number: UInt32 = 0
    private var states: [StateFrame] = []
    private var nextStateAt = Instant(nanoseconds: 0)

    init(_ limits: SessionLimits = SessionLimits(), epoch: UInt64 = 41, wasOpen: Bool = false) {
        session = SessionMachine(limits: limits, epoch: epoch, wasOpen: wasOpen, at: now)
        machine.watchdog = .milliseconds(500)
        handle(.deviceBack)
        run(.milliseconds(600))
    }

    var phase: SessionPhase { session.phase }
    var last: Transition? { transitions.last }

    mutating func handle(_ event: SessionEvent) {
        carryOut(session.handle(event, at: now))
    }

    private mutating func carryOut(_ new: [SessionAction]) {
        actions += new
        for action in new {
            switch action {
            case .record(let transition): transitions.append(transition)
            case .storeOpen(let number, _): if diskAnswers { handle(.opened(session: number)) }
            case .storeEpoch(let epoch): if diskAnswers { handle(.committed(epoch: epoch)) }
            default: break
            }
        }
        work()
    }

    mutating func work() {
        while let order = session.nextOrder(at: now) {
            guard busAnswers else { return }
            let asked = now
            switch order {
            case .drive(let drive):
                if machine.drive(drive, at: now) { drives.append(drive) }
                carryOut(session.handle(.finished(order, .done), at: now))
                continue
            case .arm(let permit): machine.arm(permit, at: now)
            case .safe(let permit): machine.safe(permit, at: now)
            case .report: break
            }
            var made = machine.report(asked: asked)
            report(&made)
            carryOut(session.handle(.finished(order, .report(made)), at: now))
        }
    }

    /// Time passes in steps of 10 ms without a frame.
    mutating func run(_ duration: Duration) {
        let end = now + duration
        while now < end {
            now = now + .milliseconds(10)
            machine.time(now)
            handle(.tick)
            if now >= nextStateAt {
                nextStateAt = now + session.statePeriod
                states.append(session.nextState(at: now))
            }
        }
    }

    /// A frame that echoes the newest state that is at least `lag` old.
    @discardableResult
    mutating func send(lag: Duration = .zero, _ change: (inout CommandFrame) -> Void = { _ in }) -> FrameReject? {
        let limit = UInt64((now.nanoseconds - lag.wholeNanoseconds) / 1000)
        guard let state = states.last(where: { $0.time <= limit }) else { return .badEcho }
        sequence += 1
        var frame = CommandFrame(
            session: number, epoch: session.epoch, sequence: sequence, echoSequence: state.sequence,
            echoTime: state.time)
        change(&frame)
        let (reject, new) = session.receive(frame, at: now)
        carryOut(new)
        return reject
    }

    /// A frame that is refused.
    mutating func expect(
        _ reject: FrameReject, lag: Duration = .zero, _ change: (inout CommandFrame) -> Void = { _ in },
        _ place: SourceLocation = #_sourceLocation
    ) {
        let found = send(lag: lag, change)
        #expect(found == reject, sourceLocation: place)
    }

    /// Frames every 20 ms for `duration`.
    mutating func drive(_ duration: Duration, _ change: (inout CommandFrame) -> Void = { _ in }) {
        let end = now + duration
        while now < end {
            run(.milliseconds(20))
            send(change)
        }
    }

    mutating func claim(_ session: UInt32 = 7, force: Bool = false, role: OperatorRole = .supervisor) {
        let claim = Claim(
            session: session, epoch: self.session.nextEpoch, operatorID: "op-\(session)", role: role, force: force)
        handle(.claim(claim))
        if self.session.lease?.claim.session == session { take(session) }
    }

    /// From now on frames are this session's.
    mutating func take(_ session: UInt32) { (number, sequence) = (session, 0) }

    mutating func arm() {
        claim()
        drive(.milliseconds(1200))
    }

    mutating func activate() {
        arm()
        drive(.milliseconds(60))
        drive(.milliseconds(400)) { $0.flags = .enable }
        drive(.milliseconds(100)) { frame in
            frame.flags = .enable
            frame.axes[0] = 500
            frame.videoAge = 50
        }
    }

    static func full(_ frame: inout CommandFrame) {
        frame.flags = .enable
        frame.axes[0] = 500
        frame.videoAge = 50
    }
}
