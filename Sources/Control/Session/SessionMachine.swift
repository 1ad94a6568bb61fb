import FieldModel

/// One machine's control session: who holds it, whether what they send is fresh, and what may reach the bus.
///
/// A value: time is passed in, every transition returns its actions, and nothing happens but through them and through
/// `nextOrder`. What it can't prove ends in the safe state.
package struct SessionMachine: Hashable, Sendable {
    package let limits: SessionLimits
    package let profile: UInt64
    let guards: SessionGuards

    package internal(set) var phase = SessionPhase.idle
    package internal(set) var cause = SessionCause.none
    /// The newest epoch that was stored, or read from the store.
    package internal(set) var epoch: UInt64
    package internal(set) var stopNumber: UInt32 = 0
    package internal(set) var lease: Lease?
    package internal(set) var report: MachineReport?
    package internal(set) var deviceIsLost = true
    /// Changes with every stop: what was handed to the bus before is void.
    package internal(set) var generation: UInt32 = 0

    var request: Request?
    var successor: Claim?
    var stop: SafeStop?
    var agenda = BusAgenda()
    var enable = EnableLatch()
    var echoes: EchoMemory
    var roundTrips: RoundTrips
    var arrivals = SequenceWindow()
    var meter = FrameMeter()
    var ramp: Ramp?
    var counter: UInt16 = 0
    var commanded = AxisValues.rest
    var written = AxisValues.rest
    var buttons: UInt32 = 0
    var armed: (permit: DrivePermit, since: Instant)? {
        get { armedPermit.map { ($0, armedSince) } }
        set { (armedPermit, armedSince) = (newValue?.permit, newValue?.since ?? armedSince) }
    }
    private var armedPermit: DrivePermit?
    private var armedSince: Instant
    /// The last moment at which something was not clean.
    var dirty: Instant
    var answered: Instant
    /// Reports in a row in which the machine's own count of drives stood still, and whether drives were done meanwhile.
    var stillReports = 0
    var hasFed = false
    /// The first failure on the bus since a report last came.
    var failing: Instant?
    /// When set-points were last put into the mailbox.
    var posted: Instant
    var recentStops: [Instant] = []
    var stopIDs: [UInt64] = []
    var unlockedBy: String?
    /// A session ended, and the store still says it is open: until neutral is confirmed.
    var closesWhenConfirmed = false
    var isClosing = false
    /// Since when the safe state of an ended session stands.
    var disarmed: Instant?
    package internal(set) var lastReject: FrameReject?
    /// Frames that were not obeyed.
    package internal(set) var rejects: UInt32 = 0
    var stateNumber: UInt32 = 0

    static let rememberedStops = 64

    /// `epoch` and `wasOpen` as the store has them: a session left open by a dead gateway means LOCKED.
    package init(
        limits: SessionLimits, profile: UInt64 = 0, epoch: UInt64, wasOpen: Bool, guards: SessionGuards = .all,
        echoMemory: Int = 64, at now: Instant
    ) {
        self.limits = limits
        self.profile = profile
        self.guards = guards
        self.epoch = epoch
        echoes = EchoMemory(capacity: echoMemory)
        roundTrips = RoundTrips(capacity: limits.echoes)
        (dirty, answered, posted, armedSince) = (now, now, now, now)
        if wasOpen {
            phase = .locked
            cause = .restarted
            stopNumber = 1
            stop = SafeStop(number: 1, since: now)
            // Whatever number of stops the dead gateway had counted, this is above.
            agenda.safe = DrivePermit(epoch: epoch, stop: .max)
        }
    }

    /// The epoch that the next grant will carry.
    package var nextEpoch: UInt64 { epoch + 1 }

    package mutating func handle(_ event: SessionEvent, at now: Instant) -> [SessionAction] {
        var actions: [SessionAction] = []
        switch event {
        case .claim(let claim): take(claim, at: now, &actions)
        case .opened(let session): opened(session, at: now, &actions)
        case .committed(let epoch): committed(epoch, at: now, &actions)
        case .notStored: notStored(at: now, &actions)
        case .stop(let id, let epoch, let by):
            if epoch == self.epoch { take(stop: id, by: by, at: now, &actions) }
        case .unlock(let by): if phase == .locked { unlockedBy = by }
        case .finished(let order, let outcome): finished(order, outcome, at: now, &actions)
        case .deviceLost: deviceLost(at: now, &actions)
        case .deviceBack:
            deviceIsLost = false
            answered = now
        case .closing: close(at: now, &actions)
        case .tick: break
        }
        evaluate(at: now, &actions)
        return actions
    }

    /// A command frame whose seal was right. Nil when it was obeyed.
    package mutating func receive(
        _ frame: CommandFrame, at now: Instant
    ) -> (reject: FrameReject?, actions: [SessionAction]) {
        var actions: [SessionAction] = []
        // What was due before this frame came is done first: a frame can't undo a deadline.
        evaluate(at: now, &actions)
        let reject = take(frame, at: now, &actions)
        if let reject { count(reject) }
        evaluate(at: now, &actions)
        return (reject, actions)
    }

    /// A frame that did not even come so far. It changes nothing but the count.
    package mutating func count(_ reject: FrameReject) {
        lastReject = reject
        rejects &+= 1
    }

    /// When `tick` is due at the latest.
    package func deadline(after now: Instant) -> Instant {
        now + (phase == .idle || phase == .locked ? .milliseconds(100) : .milliseconds(10))
    }

    // MARK: Transitions

    mutating func enter(
        _ next: SessionPhase, _ why: SessionCause, by: String? = nil, detail: String? = nil, at now: Instant,
        _ actions: inout [SessionAction]
    ) {
        let transition = Transition(
            from: phase, to: next, cause: why, session: lease?.claim.session ?? request?.claim.session ?? 0,
            epoch: epoch, stop: stopNumber, holder: lease?.claim.operatorID ?? request?.claim.operatorID, by: by,
            detail: detail, age: age(at: now), roundTripP99: roundTrips.p99, loss: arrivals.loss,
            commanded: commanded, written: written, readBack: report?.readBack ?? .rest)
        (phase, cause) = (next, why)
        actions.append(.record(transition))
    }

    /// Microseconds since the newest echo.
    func age(at now: Instant) -> UInt32 {
        guard let lease, lease.newest > 0 else { return StateFrame.unknownAge }
        return UInt32(clamping: lease.basis.duration(to: now).wholeNanoseconds / 1000)
    }

    /// Neutral and standstill, read back after `moment`.
    func isConfirmed(since moment: Instant) -> Bool {
        guard let report else { return false }
        guard guards.contains(.confirm) else { return true }
        return report.asked >= moment && report.neutral && report.standstill
    }
}
