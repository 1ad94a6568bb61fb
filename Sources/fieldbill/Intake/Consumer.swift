import BillStore
import FieldModel
import MQTTLink
import Platform
import Signing
import UsageWire

/// Takes records from the broker into the store, for as long as it is let.
final class Consumer {
    private let ledger: any BillingLedger
    private let broker: BrokerSettings
    private let key: SigningKey
    private let time = SystemTime(source: .system)
    private let loop: EventLoop
    private let signals: SignalSource
    private let timer = TimerSource()
    private let quiet: Duration?
    private var desk = ReceiptDesk()
    private var waiting: [Arrival] = []
    private var lastMessage: Instant
    private(set) var total = IngestReport()

    /// With `quiet`, it ends once so long nothing has come.
    init(_ ledger: any BillingLedger, _ broker: BrokerSettings, _ key: SigningKey, quiet: Duration?) throws(SystemError)
    {
        self.ledger = ledger
        self.broker = broker
        self.key = key
        self.quiet = quiet
        signals = try SignalSource()
        loop = try EventLoop(time: time)
        lastMessage = time.now()
        loop.add(signals)
        loop.add(timer)
    }

    /// Until a signal, or quiet. A connection that is lost is made again; the first one has to succeed.
    func run() throws {
        var isFirst = true
        var pause = Duration.seconds(1)
        while !isOver {
            let connection: MQTTConnection
            do throws(ConnectFault) {
                connection = try MQTTConnector(broker, will: nil, time: time).connect()
            } catch {
                if isFirst { throw DeskFault("\(error.detail): check 'broker:' in the desk's settings", Exit.broker) }
                printError("\(error.detail); trying again in \(pause.wholeMilliseconds / 1000) s")
                rest(pause)
                pause = min(pause + pause, .seconds(30))
                continue
            }
            printError("connected to \(broker.host):\(broker.port)")
            isFirst = false
            pause = .seconds(1)
            try serve(connection)
        }
    }

    private var isOver: Bool { signals.hasCome || isQuiet(at: time.now()) }

    private func isQuiet(at now: Instant) -> Bool { quiet.map { now >= lastMessage + $0 } ?? false }

    private func serve(_ connection: MQTTConnection) throws {
        loop.add(connection)
        defer { loop.remove(connection) }
        connection.subscribe(to: DeskTopics.filter)
        tell(desk.handle(.connected(try ledger.chains()), at: time.now()), connection)
        var lost: String?
        var fault: (any Error)?
        loop.run { now in
            do {
                lost = try take(connection.takeEvents(), at: now) ?? lost
                if lost == nil { try store(connection, at: now) }
            } catch {
                fault = error
            }
            timer.deadline = min(desk.deadline, quiet.map { lastMessage + $0 } ?? desk.deadline)
            return lost == nil && fault == nil && !signals.hasCome && !isQuiet(at: now)
        }
        if let fault { throw fault }
        if let lost { return printError("the connection is lost: \(lost)") }
        try sayGoodbye(connection)
    }

    /// The reason when the connection is over.
    private func take(_ events: [MQTTEvent], at now: Instant) throws -> String? {
        for event in events {
            switch event {
            case .message(let topic, let payload, _):
                guard let gateway = DeskTopics.gateway(of: topic) else { continue }
                waiting.append(Arrival(payload, place: topic, gateway: gateway))
                lastMessage = now
            case .subscribed(let code) where code >= 0x80:
                throw DeskFault(
                    "the broker does not let this desk read \(DeskTopics.filter): allow it in the broker's access list",
                    Exit.broker)
            case .lost(let reason): return reason
            case .subscribed, .acknowledged: break
            }
        }
        return nil
    }

    /// Stores what has come, in one transaction, and tells the gateways what there is to tell.
    private func store(_ connection: MQTTConnection, at now: Instant) throws {
        var isTold = now >= desk.deadline
        if !waiting.isEmpty {
            var report = try ledger.ingest(waiting, received: WallClock.now())
            waiting.removeAll(keepingCapacity: true)
            for alarm in report.alarms { AlarmText.say(alarm) }
            isTold = isTold || report.held > 0 || report.refused > 0 || desk.isWaiting
            report.alarms = []
            total += report
        }
        guard isTold else { return }
        tell(desk.handle(.changed(try ledger.chains()), at: now), connection)
    }

    private func tell(_ actions: [ReceiptDesk.Action], _ connection: MQTTConnection) {
        for action in actions {
            let (document, topic) =
                switch action {
                case .acknowledge(let receipt):
                    (receipt.document(signedBy: key), DeskTopics.receipt(receipt.gateway))
                case .request(let request):
                    (request.document(signedBy: key), DeskTopics.replay(request.gateway))
                }
            // A connection that is gone says so by itself.
            _ = document.withUnsafeBytes { try? connection.publish($0, to: topic, retain: false) }
        }
    }

    /// The last receipts, and then a farewell once the broker has them: five seconds at most.
    private func sayGoodbye(_ connection: MQTTConnection) throws {
        let actions = desk.handle(.ending(try ledger.chains()), at: time.now())
        tell(actions, connection)
        var open = actions.count
        let deadline = time.now() + .seconds(5)
        timer.deadline = deadline
        loop.run { now in
            for event in connection.takeEvents() {
                if case .acknowledged = event { open -= 1 }
                if case .lost = event { open = 0 }
            }
            return open > 0 && now < deadline
        }
        connection.disconnect()
    }

    private func rest(_ pause: Duration) {
        let deadline = time.now() + pause
        timer.deadline = deadline
        loop.run { now in
            if timer.deadline == nil { timer.deadline = deadline }
            return now < deadline && !signals.hasCome
        }
    }
}

/// The desk's side of the topics: `fg/v1/{gateway}/usage` and what answers it.
enum DeskTopics {
    static let filter = "fg/v1/+/usage"

    static func receipt(_ gateway: String) -> String { "fg/v1/\(gateway)/usage/ack" }
    static func replay(_ gateway: String) -> String { "fg/v1/\(gateway)/usage/replay" }

    /// Nil for any other topic.
    static func gateway(of topic: String) -> String? {
        let parts = topic.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 4, parts[0] == "fg", parts[1] == "v1", parts[3] == "usage" else { return nil }
        return String(parts[2])
    }
}
