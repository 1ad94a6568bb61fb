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
    private static let order: [Stream] = [.event, .usage, .audit, .link, .telemetry]
    /// How long a closing gateway tries to get its last rows acknowledged.
    private static let farewell = Duration.seconds(2)

    private enum State {
        case waiting(until: Instant)
        case connecting(MQTTDial)
        case online(MQTTConnection)
        case closed
    }

    private let site: SiteSettings
    private let spool: any Spool
    private let desk: CommandDesk
    private let live: LiveState
    private let paths: PathSelection
    /// Nil where nothing is metered.
    private let board: MeterBoard?
    private let usage: UsageDesk
    private let time: any TimeSource
    private let session: String
    private let logger: Logger
    private let loop: EventLoop
    private let topics: Topics
    private var encoder: RowEncoder
    private let alarm: TimerSource
    private var pump = UplinkPump()
    private var pace = BackfillPace()
    /// Bytes of what is out, by its token.
    private var sizes: [Int32: Int] = [:]
    /// The forecast that was published on this connection.
    private var forecastNumber = 0
    private var backoff = Backoff(first: .milliseconds(250), longest: .seconds(30))
    private var state: State
    private var closingSince: Instant?
    /// The way the present connection, or attempt, takes.
    private var way: PathSelection.Way?
    /// Rows refused since it was last said.
    private var refused: Int64 = 0
    private var refusalsQuietUntil = Instant(nanoseconds: 0)

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
        case .connecting(let dial): if let outcome = dial.outcome() { dialled(outcome) } else { giveUpIfClosing(now) }
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

    // MARK: Connecting

    /// Multipath TCP follows the paths by itself; a plain connection is given up when telemetry takes another one.
    private func followPath(at now: Instant) {
        guard !site.broker.isMultipath, closingSince == nil else { return }
        guard let wanted = paths.way(for: .telemetry), wanted != way else { return }
        let isFirst = way == nil
        way = wanted
        switch state {
        // It came up before any path was known to be well, and may be on the right one: it stays while it lasts.
        case .online where isFirst: return
        case .online: offline("telemetry takes path \(wanted.path)")
        case .connecting(let dial): dial.abandon()
        case .waiting: break
        case .closed: return
        }
        state = .waiting(until: now)
        backoff.reset()
    }

    private func dial() {
        live.uplink { $0.state = "connecting" }
        way = site.broker.isMultipath ? nil : paths.way(for: .telemetry)
        let will = Documents.status(
            gateway: site.gateway, online: false, session: session, at: time.utc(), reason: "connection lost")
        let connector = MQTTConnector(
            site.broker, will: (topics.status, will), time: time, device: way?.device)
        do throws(SystemError) {
            state = .connecting(try MQTTDial(connector, done: loop.wakeUp))
        } catch {
            offline("no thread to connect with: \(error)")
        }
    }

    private func dialled(_ outcome: Result<Handoff<MQTTConnection>, ConnectFault>) {
        switch outcome {
        case .failure(let fault): offline(fault.detail)
        case .success(let handoff):
            let connection = handoff.take()
            loop.add(connection)
            state = .online(connection)
            online(connection)
        }
    }

    private func online(_ connection: MQTTConnection) {
        backoff.reset()
        var cursors: [Stream: UInt64] = [:]
        var heads: [Stream: UInt64] = [:]
        for stream in Stream.allCases {
            cursors[stream] = spool.cursor(of: Self.consumer, in: stream)
            heads[stream] = spool.last(of: stream)
        }
        // Two places are left for the retained documents.
        let window = max(1, min(site.broker.window, connection.receiveMaximum - 2))
        pump.connected(window: window, cursors: cursors, heads: heads)
        (sizes, forecastNumber) = ([:], 0)
        board?.count { tally in
            for (stream, settled) in cursors { tally.connected(stream, settled: settled) }
        }
        live.uplink {
            $0.state = "online"
            $0.detail = nil
            $0.acknowledgedSequence = Int64(cursors[.telemetry] ?? 0)
        }
        logger.info("broker connected", metadata: ["broker": "\(site.broker.host):\(site.broker.port)"])
        connection.subscribe(to: topics.commands)
        connection.subscribe(to: topics.usageReceipt)
        connection.subscribe(to: topics.usageReplay)
        let status = Documents.status(gateway: site.gateway, online: true, session: session, at: time.utc())
        announce(status, topics.status, connection)
        announce(
            Documents.meta(site: site, software: "fieldgate \(Version.current)", epoch: spool.epoch), topics.meta,
            connection)
    }

    private func announce(_ document: [UInt8], _ topic: String, _ connection: MQTTConnection) {
        do throws(PublishFault) {
            _ = try document.withUnsafeBufferPointer { bytes throws(PublishFault) in
                try connection.publish(UnsafeRawBufferPointer(bytes), to: topic, retain: true)
            }
        } catch {
            if case .tooLarge(let limit) = error {
                logger.warning(
                    "the broker takes no packet this large", metadata: ["topic": "\(topic)", "limit": "\(limit)"])
            }
        }
    }

    private func offline(_ reason: String) {
        if case .online(let connection) = state { loop.remove(connection) }
        pump.disconnected()
        board?.count { $0.disconnected() }
        let pause = backoff.next(jitter: .random(in: 0..<1))
        state = .waiting(until: time.now() + pause)
        let repeated = live.uplink.detail == reason
        live.uplink {
            $0.state = "offline"
            $0.detail = reason
            $0.inFlight = 0
        }
        logger.log(
            level: repeated ? .debug : .warning, "no broker",
            metadata: ["reason": "\(reason)", "retry_ms": "\(pause.wholeMilliseconds)"])
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

    /// 0x10, "nobody subscribes", is a success; from 0x80 on the broker refuses the row for good.
    private func acknowledged(_ token: Int32, _ code: Int32) {
        // The retained documents are acknowledged too, and are no rows.
        if pump.acknowledgedAside(token: token) { return }
        guard let row = pump.row(token: token) else { return }
        let bytes = sizes.removeValue(forKey: token) ?? 0
        if code < 0x80 { board?.count { $0.acknowledged(row.identity, bytes: bytes) } }
        if code >= 0x80 { refuse(row, "the broker refused it: reason 0x\(String(code, radix: 16))") }
        if let settlement = pump.acknowledged(token: token) { settle(settlement) }
        live.uplink {
            $0.acknowledged += 1
            $0.inFlight = pump.inFlight
        }
    }

    /// Kept aside with the reason. Said at most once a minute, on the event stream too: consumers will miss its number.
    private func refuse(_ row: SpoolRow, _ reason: String) {
        spool.reject(row, reason: reason)
        refused += 1
        let now = time.now()
        guard now >= refusalsQuietUntil else { return }
        logger.warning(
            "rows refused, kept as dead letters",
            metadata: [
                "stream": "\(row.identity.stream.name)", "seq": "\(row.identity.sequence)", "count": "\(refused)",
                "reason": "\(reason)",
            ])
        // Were refused events told by events, there would be no end of it.
        if row.identity.stream == .telemetry {
            let event = EventBatch(
                kind: .event, device: "gateway", time: time.utc(), clock: time.clockQuality(),
                fields: [
                    EventBatch.Field("event", .text("rows_refused")), EventBatch.Field("count", .integer(refused)),
                    EventBatch.Field("last_seq", .integer(Int64(row.identity.sequence))),
                    EventBatch.Field("reason", .text(reason)),
                ])
            spool.append(RowCodec.encode(event), to: .event)
        }
        refused = 0
        refusalsQuietUntil = now + .seconds(60)
    }

    private func settle(_ settlement: UplinkPump.Settlement) {
        spool.settle(settlement.stream, through: settlement.through, by: Self.consumer)
        board?.count { $0.settled(settlement.stream, through: settlement.through) }
        if settlement.stream == .telemetry {
            live.uplink { $0.acknowledgedSequence = Int64(settlement.through) }
        }
    }

    private func send(on connection: MQTTConnection) {
        let now = time.now()
        for stream in Self.order {
            filling: while let (after, limit) = pump.room(in: stream) {
                let rows = spool.rows(of: stream, after: after, limit: limit)
                if rows.isEmpty { break }
                for row in rows {
                    if pace.holds(row.identity, isReplay: pump.isReplay(row.identity), at: now) { break filling }
                    guard send(row, on: connection) else { return }
                }
            }
        }
        resend(on: connection)
    }

    /// Usage records that the receiver asked for.
    private func resend(on connection: MQTTConnection) {
        for row in usage.rows(limit: pump.roomAside) {
            guard let (topic, payload) = encoder.encode(row, replayed: true),
                let token = try? connection.publish(payload, to: topic, retain: false)
            else { continue }
            pump.sentAside(token: token)
        }
    }

    /// False when the connection is over.
    private func send(_ row: SpoolRow, on connection: MQTTConnection) -> Bool {
        guard let (topic, payload) = encoder.encode(row, replayed: pump.isReplay(row.identity)) else {
            setAside(row, "the row is damaged, or its layout is lost")
            return true
        }
        do throws(PublishFault) {
            let token = try connection.publish(payload, to: topic, retain: false)
            pump.sent(row, token: token)
            if pump.isReplay(row.identity) { pace.sent(payload.count, at: time.now()) }
            if let board {
                sizes[token] = payload.count
                board.count { $0.sent(row.identity) }
            }
            live.uplink {
                $0.published += 1
                $0.inFlight = pump.inFlight
            }
            return true
        } catch {
            guard case .tooLarge(let limit) = error else { return false }
            setAside(row, "\(payload.count) bytes; the broker takes \(limit)")
            return true
        }
    }

    private func setAside(_ row: SpoolRow, _ reason: String) {
        refuse(row, reason)
        if let settlement = pump.skipped(row) { settle(settlement) }
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
