import Control
import ControlPath
import ControlWire
import FieldModel
import Logging
import MQTTLink
import Platform

/// The control loop's own: the broker connection, the clock's tick, and the stations.
final class ControlDesk {
    private enum State {
        case waiting(until: Instant)
        case connecting(MQTTDial)
        case online(MQTTConnection)
    }

    private let broker: BrokerSettings
    private let stations: [ControlStation]
    private let inbox: ControlInbox
    private let paths: PathSelection
    private let time: any TimeSource
    private let logger: Logger
    private let loop: EventLoop
    private let filters: [(filter: String, quality: Int32)]
    private let clock = TimerSource()
    private var state: State
    private var backoff = Backoff(first: .milliseconds(250), longest: .seconds(5))
    private var way: PathSelection.Way?
    private var nextTick: Instant
    private var closingSince: Instant?

    private static let tick = Duration.milliseconds(10)
    /// How long a closing gateway waits for its machines to be safe.
    private static let farewell = Duration.seconds(2)

    init(
        _ broker: BrokerSettings, stations: [ControlStation], topics: Topics, inbox: ControlInbox,
        paths: PathSelection, time: any TimeSource, logger: Logger, loop: EventLoop
    ) {
        self.broker = broker
        self.stations = stations
        self.inbox = inbox
        self.paths = paths
        self.time = time
        self.logger = logger
        self.loop = loop
        filters = [
            (topics.control("+", .req), 1), (topics.control("+", .cmd), 0), (topics.control("+", .stop), 1),
        ]
        state = .waiting(until: time.now())
        nextTick = time.now()
        clock.deadline = nextTick
        loop.add(clock)
    }

    /// After every round of events. False when all is done.
    func turn(at now: Instant, stopping: Bool) -> Bool {
        for (event, device) in inbox.takeEvents() {
            stations.first { $0.device == device }?.handle(event, at: now)
        }
        if stopping, closingSince == nil {
            closingSince = now
            for station in stations { station.handle(.closing, at: now) }
        }
        if now >= nextTick {
            for station in stations { station.tick(at: now) }
            nextTick = max(nextTick + Self.tick, now)
        }
        for station in stations { station.turn(at: now) }
        connect(at: now)
        sendAnswers()
        clock.deadline = min(nextTick, stations.map(\.stateDue).min() ?? nextTick)
        return !isDone(at: now)
    }

    private func isDone(at now: Instant) -> Bool {
        guard let closingSince else { return false }
        let isSafe = stations.allSatisfy { $0.session.agendaIsEmpty && !$0.session.phase.isOpen }
        guard isSafe || closingSince.duration(to: now) > Self.farewell else { return false }
        if case .online(let connection) = state {
            connection.disconnect()
            loop.remove(connection)
        }
        return true
    }

    private func sendAnswers() {
        guard case .online(let connection) = state else { return }
        for (answer, reply) in inbox.takeAnswers() { connection.answer(answer.document, reply) }
    }

    // MARK: Connecting

    private func connect(at now: Instant) {
        followPath(at: now)
        switch state {
        case .waiting(let until): if now >= until { dial(at: now) }
        case .connecting(let dial): if let outcome = dial.take() { dialled(outcome, at: now) }
        case .online(let connection):
            for event in connection.takeEvents() {
                switch event {
                case .lost(let reason): return offline(reason, at: now)
                case .subscribed(let code) where code >= 0x80:
                    logger.error("the broker refuses the subscription to remote control: nobody can drive")
                case .subscribed, .acknowledged, .message: break
                }
            }
        }
    }

    private func followPath(at now: Instant) {
        guard !broker.isMultipath, let wanted = paths.way(for: .control), wanted != way else { return }
        let isFirst = way == nil
        way = wanted
        switch state {
        case .online where isFirst: return
        case .online: offline("control takes path \(wanted.path)", at: now)
        case .connecting(let dial): dial.abandon()
        case .waiting: break
        }
        state = .waiting(until: now)
        backoff.reset()
    }

    private func dial(at now: Instant) {
        let connector = MQTTConnector(broker, will: nil, time: time, device: way?.device, style: .control)
        do throws(SystemError) {
            state = .connecting(try MQTTDial(connector, done: loop.wakeUp))
        } catch {
            offline("no thread to connect with: \(error)", at: now)
        }
    }

    private func dialled(_ outcome: Result<Handoff<MQTTConnection>, ConnectFault>, at now: Instant) {
        switch outcome {
        case .failure(let fault): offline(fault.detail, at: now)
        case .success(let handoff):
            let connection = handoff.take()
            let (stations, time) = (stations, time)
            connection.onMessage { message in
                let now = time.now()
                for station in stations { station.receive(message, at: now) }
            }
            loop.add(connection)
            for (filter, quality) in filters { connection.subscribeLive(to: filter, quality: quality) }
            state = .online(connection)
            backoff.reset()
            for station in stations { station.connection = connection }
            logger.info("remote control connected", metadata: ["broker": "\(broker.host):\(broker.port)"])
        }
    }

    private func offline(_ reason: String, at now: Instant) {
        if case .online(let connection) = state {
            loop.remove(connection)
            logger.warning("remote control has no broker", metadata: ["reason": "\(reason)"])
        }
        for station in stations { station.connection = nil }
        state = .waiting(until: now + backoff.next(jitter: .random(in: 0..<1)))
    }
}
