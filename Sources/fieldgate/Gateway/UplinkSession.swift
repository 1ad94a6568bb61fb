import FieldModel
import Logging
import MQTTLink
import Metering
import Platform
import Telemetry

/// What the uplink's thread does: connects, pumps rows out, settles what is acknowledged, hands commands on.
final class UplinkSession {
    static let consumer = "mqtt"
    /// Results and events before telemetry: they are few, and somebody waits for them.
    static let order: [Stream] = [.event, .usage, .audit, .link, .telemetry]
    /// How long a closing gateway tries to get its last rows acknowledged.
    private static let farewell = Duration.seconds(2)

    enum State {
        case waiting(until: Instant)
        case connecting(MQTTDial)
        case online(MQTTConnection)
        case closed
    }

    let site: SiteSettings
    let spool: any Spool
    private let desk: CommandDesk
    let live: LiveState
    let paths: PathSelection
    /// Nil where nothing is metered.
    let board: MeterBoard?
    let usage: UsageDesk
    let time: any TimeSource
    let session: String
    let logger: Logger
    let loop: EventLoop
    let topics: Topics
    var encoder: RowEncoder
    private let alarm: TimerSource
    var pump = UplinkPump()
    var pace = BackfillPace()
    /// Bytes of what is out, by its token.
    var sizes: [Int32: Int] = [:]
    /// The forecast that was published on this connection.
    var forecastNumber = 0
    var backoff = Backoff(first: .milliseconds(250), longest: .seconds(30))
    var state: State
    var closingSince: Instant?
    /// The way the present connection, or attempt, takes.
    var way: PathSelection.Way?
    /// Rows refused since it was last said.
    var refused: Int64 = 0
    var refusalsQuietUntil = Instant(nanoseconds: 0)

    init(
        _ site: SiteSettings, spool: any Spool, desk: CommandDesk, live: LiveState, paths: PathSelection,
        usage: UsageDesk, board: MeterBoard?, time: any TimeSource, session: String, logger: Logger, loop: EventLoop
    ) {
        self.site = site
        self.spool = spool
        self.desk = desk
        self.live = live
        self.paths = paths
        self.board = board
        self.usage = usage
        self.time = time
        self.session = session
        self.logger = logger
        self.loop = loop
        topics = Topics(gateway: site.gateway)
        encoder = RowEncoder(gateway: site.gateway, topics: topics, spool: spool)
        alarm = TimerSource()
        state = .waiting(until: time.now())
        loop.add(alarm)
    }

    /// After every round of events. False when all is done.
    func turn(at now: Instant, stopping: Bool) -> Bool {
        if stopping, closingSince == nil {
            closingSince = now
            spool.flush()
        }
        followPath(at: now)
        switch state {
        case .waiting(let until): if closingSince != nil { state = .closed } else if now >= until { dial() }
        case .connecting(let dial): if let outcome = dial.take() { dialled(outcome) } else { giveUpIfClosing(now) }
        case .online(let connection): serve(connection, at: now)
        case .closed: return false
        }
        if case .closed = state { return false }
        alarm.deadline = nextDeadline
        return true
    }

    private var nextDeadline: Instant? {
        if let closingSince { return min(closingSince + Self.farewell, time.now() + .milliseconds(50)) }
        if case .waiting(let until) = state { return until }
        if case .online = state { return pace.deadline(after: time.now()) }
        return nil
    }

    private func giveUpIfClosing(_ now: Instant) {
        if closingSince != nil { state = .closed }
    }

    // MARK: Online

    private func serve(_ connection: MQTTConnection, at now: Instant) {
        for event in connection.takeEvents() {
            switch event {
            case .message(topics.usageReceipt, let payload, _): usage.receipt(payload)
            case .message(topics.usageReplay, let payload, false): usage.replay(payload)
            case .message(let topic, let payload, let retained):
                guard let device = topics.device(ofCommand: topic), !payload.isEmpty else { continue }
                desk.receive(payload, device: device, retained: retained)
            case .acknowledged(let token, let code): acknowledged(token, code)
            case .subscribed(let code) where code >= 0x80:
                logger.error(
                    "the broker refuses a subscription: commands, or a receiver's words about usage, will not arrive",
                    metadata: [
                        "topics": "\(topics.commands) \(topics.usageReceipt) \(topics.usageReplay)",
                        "reason": "0x\(String(code, radix: 16))",
                    ])
            case .subscribed: break
            case .lost(let reason): return offline(reason)
            }
        }
        followBoard(connection)
        send(on: connection)
        // What publishing ran into shows in the next turn.
        if let closingSince { farewell(connection, since: closingSince, at: now) }
    }

    private func followBoard(_ connection: MQTTConnection) {
        guard let now = board?.now else { return }
        pace.rate = now.backfill
        guard now.forecastNumber != forecastNumber, !now.forecast.isEmpty else { return }
        forecastNumber = now.forecastNumber
        announce(now.forecast, topics.usageForecast, connection)
    }

    // MARK: Closing

    private func farewell(_ connection: MQTTConnection, since start: Instant, at now: Instant) {
        let drained = pump.inFlight == 0 && spool.state.pending == 0 && isCaughtUp
        guard drained || start.duration(to: now) >= Self.farewell else { return }
        let status = Documents.status(
            gateway: site.gateway, online: false, session: session, at: time.utc(), reason: "stopped")
        announce(status, topics.status, connection)
        connection.disconnect()
        loop.remove(connection)
        live.uplink { $0.state = "closed" }
        state = .closed
    }

    private var isCaughtUp: Bool {
        Stream.allCases.allSatisfy { stream in
            pump.room(in: stream).map { $0.after >= spool.last(of: stream) } ?? false
        }
    }
}
