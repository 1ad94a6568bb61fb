import FieldModel
import OperatorInput

/// A granted session as the console sees it: which frame goes out when, and by which way. A value; time is passed in.
package struct ConsoleSession: Sendable {
    /// Without an authenticated state by the direct path for this long, commands go over MQTT too.
    package static let directPatience = Duration.milliseconds(200)
    /// Without any authenticated state for this long the session is given up: its lease lapsed long before.
    package static let patience = Duration.seconds(5)
    /// When the copies of a stop go out on the direct path.
    package static let stopTimes: [Duration] = [0, 5, 10, 20, 40].map { .milliseconds($0) }
    /// The gateway's last word is awaited for so long, once the session is seen to be over.
    static let farewellTime = Duration.milliseconds(400)
    /// How long a release is said.
    package static let releaseTime = Duration.seconds(1)
    /// A scripted input starts when the gateway has seen enable low, or this long after ARMED.
    static let startPatience = Duration.milliseconds(500)

    let number: UInt32
    let epoch: UInt64
    let profile: UInt64
    var sequence: UInt64 = 0
    private(set) var newest: (frame: StateFrame, at: Instant)?
    private var heard: Instant
    var lastDirect: Instant?
    private(set) var paths = PathTable()
    var log: RoundTripLog
    var statistics = ConsoleStatistics()

    private var wasOpen = false
    /// How the machine stood when the session was seen to be over.
    private var gone: (phase: SessionPhase, cause: SessionCause, at: Instant)?
    private var isStarted = false
    private var armedSince: Instant?
    var operatorCounts = OperatorSample(axes: [])
    var toldFault = false
    var isStopping = false
    var acknowledging: UInt32?
    var isOffering = false
    var releasing: Instant?
    private var copies: [(frame: StopFrame, due: Instant)] = []

    package init(number: UInt32, epoch: UInt64, profile: UInt64, period: Duration, at now: Instant) {
        self.number = number
        self.epoch = epoch
        self.profile = profile
        log = RoundTripLog(period: period)
        heard = now
    }

    /// The next moment at which something is due besides the frames.
    var deadline: Instant {
        let others = [releasing.map { $0 + Self.releaseTime }, gone.map { $0.at + Self.farewellTime }].compactMap { $0 }
        return (copies.map(\.due) + others).reduce(heard + Self.patience) { min($0, $1) }
    }

    // MARK: What comes

    /// An authenticated state; nothing when another came before it that was newer.
    mutating func take(_ frame: StateFrame, from source: StateSource, at now: Instant) -> [ConsoleMachine.Action] {
        guard frame.session == number, frame.epoch == epoch else {
            // Sealed with this session's keys, and of no or another session: it is over, and the last word is on its way.
            if frame.sequence > newest?.frame.sequence ?? 0, gone == nil { gone = (frame.phase, frame.cause, now) }
            return []
        }
        let transport = count(source)
        heard = max(heard, now)
        if source != .broker { lastDirect = now }
        guard frame.sequence > newest?.frame.sequence ?? 0 else { return [] }
        newest = (frame, now)
        (statistics.loss, statistics.lossOfPath) = (frame.loss, frame.lossOfPath)
        log.answered(frame.lastCommand, at: now, into: &statistics)
        var actions: [ConsoleMachine.Action] = [.tell(.state(frame, by: transport))]
        follow(frame)
        if startsInput(frame, at: now) { actions += [.startInput, .tell(.inputStarted)] }
        if frame.phase.isOpen { wasOpen = true }
        if wasOpen, !frame.phase.isOpen { actions += [.tell(.ended(frame.phase, frame.cause)), .end] }
        return actions
    }

    /// The gateway's last word.
    func end(_ frame: EndFrame) -> [ConsoleMachine.Action] {
        guard frame.session == number, frame.epoch == epoch else { return [] }
        return [.tell(.ended(frame.phase, frame.cause, by: frame.by)), .end]
    }

    mutating func learn(path: UInt8, counter: UInt64, route: DirectRoute, at now: Instant) {
        paths.learn(path: path, counter: counter, route: route, at: now)
    }

    /// A packet that was here before: a copy by another path, or from somebody who recorded it. It proves nothing new.
    mutating func copy(from route: DirectRoute) {
        if paths.path(of: route) != nil { _ = count(.direct(route)) } else { statistics.replayed += 1 }
    }

    mutating func countForged() { statistics.forged += 1 }

    private mutating func count(_ source: StateSource) -> ConsoleTransport {
        switch source {
        case .broker:
            statistics.statesByBroker += 1
            return .broker
        case .direct(let route):
            let path = paths.path(of: route)
            if let path { statistics.statesByPath[path, default: 0] += 1 } else { statistics.statesByUnknownPath += 1 }
            return .direct(path: path)
        }
    }

    private mutating func follow(_ frame: StateFrame) {
        guard let number = acknowledging else { return }
        if frame.phase != .safeStop {
            (acknowledging, isStopping) = (nil, false)
        } else if frame.stopNumber != number {
            // Another stop came: the operator has not seen it yet.
            acknowledging = nil
        }
    }

    private mutating func startsInput(_ frame: StateFrame, at now: Instant) -> Bool {
        guard !isStarted, frame.phase == .armed else { return false }
        let since = armedSince ?? now
        armedSince = since
        isStarted = frame.flags.contains(.enableSeenLow) || since.duration(to: now) >= Self.startPatience
        return isStarted
    }

    // MARK: What the operator wants

    mutating func stop(id: UInt64, at now: Instant) -> [ConsoleMachine.Action] {
        (isStopping, acknowledging, isOffering) = (true, nil, false)
        let frame = StopFrame(session: number, epoch: epoch, id: id)
        copies += Self.stopTimes.dropFirst().map { (frame, now + $0) }
        return [.stop(frame, broker: true, routes: paths.routes(at: now))]
    }

    /// Only a stop that the operator can see is acknowledged, by its number.
    mutating func acknowledge() {
        guard let newest, newest.frame.phase == .safeStop else { return }
        acknowledging = newest.frame.stopNumber
    }

    mutating func offer(_ isOffered: Bool) { isOffering = isOffered }

    mutating func release(at now: Instant) { releasing = releasing ?? now }

    mutating func lapse(at now: Instant) -> [ConsoleMachine.Action] {
        let due = copies.filter { $0.due <= now }
        copies.removeAll { $0.due <= now }
        var actions = due.map { ConsoleMachine.Action.stop($0.frame, broker: false, routes: paths.routes(at: now)) }
        if let gone {
            guard gone.at.duration(to: now) >= Self.farewellTime else { return actions }
            actions += [.tell(.ended(gone.phase, gone.cause)), .end]
        } else if let releasing, releasing.duration(to: now) >= Self.releaseTime {
            actions += [.tell(.lost(releaseText)), .end]
        } else if heard.duration(to: now) >= Self.patience {
            let text = "no state of this session has come for 5 s: the gateway, or every way to it, is down"
            actions += [.tell(.lost(text)), .end]
        }
        return actions
    }

    private var releaseText: String {
        newest?.frame.phase == .safeStop
            ? "the machine was let go in SAFE_STOP: it stays there until it stands still, and its lease runs out in 2 s"
            : "the machine was let go; the gateway did not confirm it within 1 s"
    }

    /// As they are now.
    func statistics(at now: Instant) -> ConsoleStatistics {
        var statistics = statistics
        statistics.stateAge = newest?.at.duration(to: now)
        statistics.paths = paths.paths(at: now)
        return statistics
    }
}

/// Where an authenticated state came from.
package enum StateSource: Hashable, Sendable {
    case broker
    case direct(DirectRoute)
}

/// What was read off the operator's side at one moment.
package struct InputReading: Hashable, Sendable {
    package var sample: OperatorSample
    package var fault: String?
    package var videoAge: Duration?

    package init(sample: OperatorSample, fault: String? = nil, videoAge: Duration? = nil) {
        self.sample = sample
        self.fault = fault
        self.videoAge = videoAge
    }
}
