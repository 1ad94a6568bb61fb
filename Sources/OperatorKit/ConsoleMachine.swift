import ControlWire
import FieldModel
import Signing

/// A console's decisions, from the first word to the last: the handshake, then the session. A value; time is passed in,
/// and what is to be done comes out. `OperatorConsole` carries it out.
package struct ConsoleMachine: Sendable {
    package enum Event: Sendable {
        /// Connected and subscribed.
        case connected
        case brokerLost(String)
        /// An answer with this console's correlation.
        case reply(ClaimReply)
        /// A state with the seal of this session.
        case state(StateFrame, from: StateSource)
        /// A state that nobody vouches for.
        case unproved(StateFrame)
        case path(UInt8, counter: UInt64, route: DirectRoute)
        /// The gateway's last word, with the seal of this session.
        case ended(EndFrame)
        /// An authenticated packet came once more, by another path or from somebody who recorded it.
        case copy(DirectRoute)
        case forged
        case tick(InputReading, intended: Instant, slots: Int)
        case confirmed
        /// The input device cannot be had.
        case inputRefused(String)
        case stopRequested
        case acknowledged
        case offer(Bool)
        /// The operator lets go: of the session, or of the attempt to get one.
        case leave
        /// The deadline has come, perhaps.
        case time
    }

    package enum Action: Hashable, Sendable {
        case say(ClaimRequest)
        /// Make the input device: the operator has confirmed, nothing is taken yet.
        case openInput(Nameplate)
        /// Session and keys are there: frames are due from here on.
        case beginFrames
        case startInput
        case command(CommandFrame, broker: Bool, routes: [DirectRoute])
        /// `broker`: on MQTT, with quality 0 and 1.
        case stop(StopFrame, broker: Bool, routes: [DirectRoute])
        case tell(ConsoleEvent)
        case end
    }

    package enum Phase: Sendable {
        case connecting
        case greeting(tries: Int)
        case offered(Claim)
        case taking(Claim)
        case open
        case over
    }

    static let answerTime = Duration.seconds(2)
    static let mostHellos = 5
    static let offerLife = Duration.seconds(30)
    /// A claim is granted or refused within 1 s; by force, after standstill.
    static let grantTime = Duration.seconds(5)
    static let forceTime = Duration.seconds(60)

    package private(set) var phase = Phase.connecting
    package private(set) var session: ConsoleSession?
    /// The keys of the session, from the taking on.
    package private(set) var keys: SessionKeys?
    let identity: ConsoleIdentity
    private let period: Duration
    private let stopID: @Sendable () -> UInt64
    private var limit: Instant?

    package init(
        _ identity: ConsoleIdentity, period: Duration = .milliseconds(20),
        stopID: @escaping @Sendable () -> UInt64 = { .random(in: 1 ... .max) }
    ) {
        self.identity = identity
        self.period = period
        self.stopID = stopID
    }

    package var deadline: Instant? { session?.deadline ?? limit }
    package var isOver: Bool { if case .over = phase { true } else { false } }

    package mutating func handle(_ event: Event, at now: Instant) -> [Action] {
        if isOver { return [] }
        let actions = session == nil ? handshake(event, at: now) : drive(event, at: now)
        if actions.contains(.end) { phase = .over }
        return actions
    }

    package func statistics(at now: Instant) -> ConsoleStatistics {
        session?.statistics(at: now) ?? ConsoleStatistics()
    }

    // MARK: The session

    private mutating func drive(_ event: Event, at now: Instant) -> [Action] {
        switch event {
        case .state(let frame, let source): return session?.take(frame, from: source, at: now) ?? []
        case .path(let path, let counter, let route):
            session?.learn(path: path, counter: counter, route: route, at: now)
        case .ended(let frame): return session?.end(frame) ?? []
        case .copy(let route): session?.copy(from: route)
        case .forged: session?.countForged()
        case .tick(let input, let intended, let slots):
            return session?.tick(input, intended: intended, slots: slots, stopID: stopID, at: now) ?? []
        case .stopRequested: return session?.stop(id: stopID(), at: now) ?? []
        case .acknowledged: session?.acknowledge()
        case .offer(let isOffered): session?.offer(isOffered)
        case .leave: session?.release(at: now)
        case .reply(.refused(let number, let reason, let detail)) where number == session?.number || number == 0:
            return [.tell(.refused(reason: reason, detail: detail)), .end]
        case .time: return session?.lapse(at: now) ?? []
        case .unproved(let frame): return [.tell(.unprovedState(frame))]
        case .brokerLost(let reason): return [.tell(.brokerLost(reason))]
        case .reply, .connected, .confirmed, .inputRefused: break
        }
        return []
    }

    // MARK: The handshake

    private mutating func handshake(_ event: Event, at now: Instant) -> [Action] {
        switch (event, phase) {
        case (.connected, .connecting):
            (phase, limit) = (.greeting(tries: 1), now + Self.answerTime)
            return [.tell(.connected), .say(.hello(identity.hello))]
        case (.reply(.offer(let offer)), .greeting), (.reply(.offer(let offer)), .offered):
            return judge(offer, at: now)
        case (.confirmed, .offered(let claim)):
            return take(claim, at: now)
        case (.reply(.waiting(let number)), .taking(let claim)) where number == claim.session:
            limit = now + Self.forceTime
            return [.tell(.waiting)]
        case (.reply(.granted(let number, let epoch)), .taking(let claim)) where number == claim.session:
            return begin(claim, epoch: epoch, at: now)
        case (.reply(.refused(_, let reason, let detail)), _):
            return [.tell(.refused(reason: reason, detail: detail)), .end]
        case (.unproved(let frame), _): return [.tell(.unprovedState(frame))]
        case (.brokerLost(let reason), .connecting):
            return Self.lost("no connection to the broker: \(reason); check its host, port, certificates and password")
        case (.brokerLost(let reason), _): return Self.lost("the broker has gone: \(reason)")
        case (.inputRefused(let text), _): return Self.lost(text)
        case (.leave, _), (.stopRequested, _): return Self.lost("left before the session was granted")
        case (.time, _): return limit.map { $0 <= now } ?? false ? overdue(at: now) : []
        default: return []
        }
    }

    private mutating func judge(_ offer: ClaimReply.Offer, at now: Instant) -> [Action] {
        do throws(WireFault) {
            let claim = try Claim(offer, identity)
            (phase, limit) = (.offered(claim), now + Self.offerLife)
            return [.tell(.offered(claim.nameplate, offer.role))]
        } catch {
            // Somebody else's offer may be under this correlation: the right one can still come.
            if case .greeting = phase { return Self.lost(error.description) }
            return []
        }
    }

    private mutating func take(_ claim: Claim, at now: Instant) -> [Action] {
        guard let keys = identity.agreement.keys(with: claim.offer.key, claim.transcript) else {
            return Self.lost("the gateway's key is none: this is not the machine's gateway")
        }
        self.keys = keys
        (phase, limit) = (.taking(claim), now + Self.grantTime)
        let signature = identity.secret.sign(claim.transcript.signed(by: .console))
        let open: [Action] = identity.purpose == .unlock ? [] : [.openInput(claim.nameplate)]
        return open + [.say(.take(session: claim.session, signature: signature))]
    }

    private mutating func begin(_ claim: Claim, epoch: UInt64, at now: Instant) -> [Action] {
        let granted = Action.tell(.granted(session: claim.session, epoch: epoch))
        guard identity.purpose != .unlock else { return [granted, .end] }
        phase = .open
        session = ConsoleSession(
            number: claim.session, epoch: epoch, profile: claim.nameplate.profile, period: period, at: now)
        return [granted, .beginFrames]
    }

    private mutating func overdue(at now: Instant) -> [Action] {
        switch phase {
        case .greeting(let tries) where tries < Self.mostHellos:
            (phase, limit) = (.greeting(tries: tries + 1), now + Self.answerTime)
            return [.say(.hello(identity.hello))]
        case .greeting:
            return Self.lost(
                "gateway '\(identity.gateway)' does not answer for machine '\(identity.machine)': is it running, are "
                    + "both names right, and does the broker let this client write to req and read rsp?")
        case .offered: return Self.lost("the offer was not confirmed within 30 s: start again")
        case .taking: return Self.lost("the gateway neither granted nor refused in time: start again")
        default: return []
        }
    }

    private static func lost(_ text: String) -> [Action] { [.tell(.lost(text)), .end] }
}
