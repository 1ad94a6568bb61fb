import FieldModel

/// One modem's link: what state it is in, and what is done about it. Time and the world are arguments.
///
/// It wants a `tick` several times a second: pauses and patience end by themselves.
package struct LinkMachine: Sendable {
    static let faultsUntilUnresponsive = 3
    /// A network that refused by decision is asked again after this time.
    static let deniedRetry = Duration.seconds(1800)

    let settings: ModemSettings
    package internal(set) var phase = LinkPhase.starting
    package private(set) var report = ModemReport()
    /// Why nothing is done about the present trouble; nil where there is none, or something is done.
    package internal(set) var hold: LinkHold?
    var ladder: RecoveryLadder
    var trouble: Trouble?
    private var health = PathHealth.unknown
    private(set) var received: UInt64 = 0
    private(set) var running: LinkJob?
    private(set) var isIdentified = false
    private(set) var isBindingHeld = false
    private var saidMismatch: String?
    var pinTriedFor: String?
    private var faults = 0
    private var lastFault: ModemFault?
    private(set) var isUnderRemoteControl = false
    private(set) var nextPoll: Instant?
    private var activationPause: Backoff
    var nextActivation: Instant?
    var activationFailures = 0

    /// Since when it is wrong, and the counters of then.
    struct Trouble: Sendable {
        var since: Instant
        var received: UInt64
        var counters: ModemCounters?
    }

    /// `history` is what the journal remembers.
    package init(_ settings: ModemSettings, history: [RecoveryLadder.Attempt] = []) {
        self.settings = settings
        ladder = RecoveryLadder(settings.recovery, history: history)
        activationPause = Backoff(first: settings.recovery.firstHold * 0.1, longest: settings.recovery.longestHold)
    }

    package mutating func handle(_ input: LinkInput, at now: Instant) -> [LinkOutput] {
        var outputs: [LinkOutput] = []
        switch input {
        case .identified(let report): identified(report, &outputs)
        case .observed(let report): observed(report, at: now)
        case .failed(let fault): failed(fault)
        case .notice(let notice): noticed(notice, at: now, &outputs)
        case .path(let health, let received): (self.health, self.received) = (health, received)
        case .finished(let job, let fault): finished(job, fault, at: now)
        case .remoteControl(let active): isUnderRemoteControl = active
        case .tick: break
        }
        settle(at: now, &outputs)
        if running == nil, let job = nextJob(at: now, &outputs) {
            running = job
            outputs.append(.run(job))
        }
        return outputs
    }

    // MARK: What was learned

    private mutating func identified(_ new: ModemReport, _ outputs: inout [LinkOutput]) {
        answered()
        let known = report.identity
        report.identity = new.identity
        report.sim = new.sim
        report.slot = new.slot ?? report.slot
        isIdentified = new.sim == .ready
        if !known.iccid.isEmpty, !new.identity.iccid.isEmpty, known.iccid != new.identity.iccid {
            let cards = "\(SIMBinding.masked(known.iccid)) by \(SIMBinding.masked(new.identity.iccid))"
            outputs.append(.alarm(kind: "sim_changed", detail: "card \(cards)"))
        }
        checkBinding(&outputs)
    }

    private mutating func checkBinding(_ outputs: inout [LinkOutput]) {
        guard let binding = settings.binding, isIdentified else { return }
        let mismatch = binding.mismatch(report.identity)
        isBindingHeld = mismatch != nil
        if let mismatch, mismatch != saidMismatch {
            outputs.append(.alarm(kind: "sim_binding", detail: "data is held: \(mismatch)"))
        }
        saidMismatch = mismatch
    }

    private mutating func observed(_ new: ModemReport, at now: Instant) {
        answered()
        let known = report.identity
        report = new
        report.identity = known
        let found = new.identity
        if !found.iccid.isEmpty, found.iccid != known.iccid || (!found.imei.isEmpty && found.imei != known.imei) {
            // Another card or modem than was asked about: everything is asked again before more data flows.
            isIdentified = false
            isBindingHeld = settings.binding != nil
            nextPoll = now
        }
        if new.sim != .ready { isIdentified = false }
        noteDenial(at: now)
    }

    /// A decision is respected for a long time, and no longer than it stands.
    private mutating func noteDenial(at now: Instant) {
        let wasDenied = if case .denied = phase { true } else { false }
        if isDenied, !wasDenied, !report.session.isActive { nextActivation = now + Self.deniedRetry }
        if !isDenied, wasDenied { (nextActivation, activationFailures) = (nil, 0) }
    }

    private mutating func failed(_ fault: ModemFault) {
        faults += 1
        lastFault = fault
    }

    private mutating func answered() {
        faults = 0
        lastFault = nil
    }

    private mutating func noticed(_ notice: ModemNotice, at now: Instant, _ outputs: inout [LinkOutput]) {
        switch notice {
        case .sim, .restarted:
            isIdentified = false
            nextPoll = now
        case .registration, .sessionLost: nextPoll = now
        case .incoming(let what): outputs.append(.alarm(kind: "modem_incoming", detail: what))
        case .other: break
        }
    }

    private mutating func finished(_ job: LinkJob, _ fault: ModemFault?, at now: Instant) {
        if running == job { running = nil }
        switch job {
        case .identify, .observe:
            if let fault { failed(fault) }
            // A modem just identified is observed at once; a locked one has time.
            nextPoll = job == .identify && isIdentified ? now : now + settings.pollEvery
            return
        case .activate where fault == nil:
            activationFailures = 0
            activationPause.reset()
            nextActivation = now + settings.recovery.firstHold
        case .activate:
            activationFailures += 1
            nextActivation = now + (isDenied ? Self.deniedRetry : activationPause.next(jitter: 1))
        case .climb(let rung):
            if rung >= .reset { isIdentified = false }
        case .deactivate: if fault == nil { report.session.isActive = false }
        case .enterPIN: break
        }
        // Whatever was changed, see soon what came of it.
        nextPoll = now + min(settings.pollEvery, .seconds(1))
    }

    // MARK: The phase

    private mutating func settle(at now: Instant, _ outputs: inout [LinkOutput]) {
        let new = currentPhase
        if new != phase {
            outputs.append(.phase(from: phase, to: new, detail: detail(new)))
            phase = new
        }
        switch phase {
        case .starting, .attached, .recovering: break
        case .up:
            hold = nil
            if let rung = ladder.well(at: now) {
                outputs.append(.recovered(by: rung, after: trouble.map { $0.since.duration(to: now) } ?? .zero))
            }
            trouble = nil
        // What is waited for is no trouble of the modem's: its own begins when the waiting is over.
        case .locked, .mismatched, .noCell, .denied:
            trouble = Trouble(since: now, received: received, counters: report.counters)
        default:
            if trouble == nil { trouble = Trouble(since: now, received: received, counters: report.counters) }
        }
    }

    private var currentPhase: LinkPhase {
        if case .climb(let rung) = running { return .recovering(rung) }
        if case .absent = lastFault { return .absent }
        if faults >= Self.faultsUntilUnresponsive { return .unresponsive }
        switch report.sim {
        case .absent, .pinRequired, .pukRequired: return .locked(report.sim)
        case .unknown, .busy: return phase
        case .ready: break
        }
        if isBindingHeld { return .mismatched }
        if isDenied { return .denied(report.reject) }
        guard report.registration.isRegistered else { return noService }
        guard report.session.isActive else { return .idle }
        switch health {
        case .alive: return .up
        case .dead: return .stalled
        case .unknown: return .attached
        }
    }

    /// Where something is heard, it is the network that does not answer.
    private var noService: LinkPhase {
        let isHeard = report.cell != nil || report.signal.rsrp != nil || report.signal.rssi != nil
        return isHeard ? .searching : report.registration == .unknown ? phase : .noCell
    }

    private var isDenied: Bool {
        report.registration == .denied || report.reject.map(RejectPolicy.isPolicy) ?? false
    }

    func detail(_ phase: LinkPhase) -> String {
        switch phase {
        case .absent, .unresponsive: lastFault?.words ?? ""
        case .locked(let state): "card: \(state.rawValue)"
        case .denied(let cause): cause.map { "\($0.layer.rawValue) cause \($0.code)" } ?? "registration denied"
        case .recovering(let rung): rung.name
        default: ""
        }
    }
}
