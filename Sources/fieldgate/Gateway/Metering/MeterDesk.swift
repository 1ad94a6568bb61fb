import FieldModel
import Logging
import Metering
import Platform

/// What the metering thread does: looks, records, compares, and keeps the plan's quota.
final class MeterDesk {
    /// How often the kernel's events are asked for.
    private static let eventsEvery = Duration.milliseconds(500)
    /// Events handed over at once, and events that may wait for their commit.
    private static let eventsAtOnce = 512
    private static let eventsWaiting = 4096
    /// How many records are looked through for what must be corrected, and how many are read at once.
    private static let lookBackMost = 2000
    private static let lookBackAtOnce = 500

    let start: MeterStart
    let board: MeterBoard
    let live: LiveState
    let herald: MeterHerald
    let time: any TimeSource
    let counters: any TrafficCounters
    let history: any UsageHistory
    let totals: any LiveTotalsStore
    let statePath: String
    let reconcilePath: String
    let network: NetworkDesk?
    let outbox: MeterOutbox
    private let alarm = TimerSource()
    var meter: Meter?
    var socketFlows: SocketFlows?
    var watch: SubscriptionWatch
    var reconciler = Reconciler()
    var sessions: [String: SessionReconciler] = [:]
    /// The last look at each path.
    var looked: [String: PathReading] = [:]
    var budget: Budget?
    var isBudgetSet = false
    var hasBeenSlow = false
    /// Events that were handed to the meter and not yet released.
    private var handled = 0
    private var wantsLook = false
    private var wantsLookBack = false
    private var nextEvents: Instant
    var nextReport: Instant
    var nextBoundaries: Instant
    var nextStart: Instant
    let began: Instant
    var trouble: String?

    init(
        _ start: MeterStart, board: MeterBoard, live: LiveState, herald: MeterHerald, directory: String,
        network: NetworkDesk?, time: any TimeSource, loop: EventLoop
    ) {
        (self.start, self.board, self.live, self.herald) = (start, board, live, herald)
        (self.statePath, self.network, self.time) = (directory + "/usage.state", network, time)
        reconcilePath = directory + "/usage.reconcile"
        counters = start.drivers.counters()
        history = start.drivers.history()
        totals = start.drivers.totals()
        outbox = MeterOutbox(start.drivers.ledger, wakeUp: loop.wakeUp)
        watch = SubscriptionWatch(start.link, sessions: [:], isSameBoot: false)
        began = time.now()
        (nextEvents, nextReport, nextBoundaries, nextStart) = (began, began, began, began)
        loop.add(alarm)
    }

    /// After every round of events. False when all is done.
    func turn(at now: Instant, stopping: Bool) -> Bool {
        if meter == nil, now >= nextStart { begin(at: now) }
        settle(at: now)
        // A copy of the meter here would make every change of it copy all connections.
        guard meter != nil else {
            alarm.deadline = nextStart
            return !stopping
        }
        if stopping {
            close()
            return false
        }
        if now >= nextEvents {
            nextEvents = now + Self.eventsEvery
            follow()
            _ = drain()
        }
        if wantsLook || now >= nextLook { look() }
        if wantsLookBack, outbox.isEmpty { lookBack() }
        if now >= nextReport { report(at: now) }
        settle(at: now)
        alarm.deadline = [nextEvents, nextLook, outbox.deadline ?? nextEvents].min()
        return true
    }

    private var nextLook: Instant { meter?.nextLook ?? nextStart }

    // MARK: Recording

    func handle(_ event: MeterEvent, events: Int = 0) {
        guard meter != nil else { return }
        carryOut(meter!.handle(event, at: Moment(time)), events: events)
    }

    func carryOut(_ actions: [MeterAction], events: Int = 0) {
        var drafts: [UsageDraft] = []
        var keep: MeterOutbox.Keep?
        for action in actions {
            switch action {
            case .append(let new): drafts += new
            case .keep(let changed, let ended): keep = MeterOutbox.Keep(changed: changed, ended: ended)
            case .look: wantsLook = true
            case .lookBack: wantsLookBack = true
            case .alarm(let alarm): herald.tell(alarm)
            }
        }
        outbox.put(drafts, events: events, keep: keep)
    }

    private func store(_ keep: MeterOutbox.Keep) {
        do throws(SpoolFault) {
            try totals.store(keep.changed, forgetting: keep.ended)
            herald.relieved("totals")
        } catch {
            herald.trouble("totals", error.summary)
        }
    }

    /// What was committed may be forgotten by the kernel, and counts for the quota.
    private func settle(at now: Instant) { settled(outbox.turn(at: now)) }

    private func settled(_ batches: [MeterOutbox.Committed]) {
        for batch in batches {
            if batch.events > 0 {
                counters.release(batch.events)
                handled -= batch.events
            }
            if let keep = batch.keep { store(keep) }
            if batch.last > 0 { herald.relieved("ledger") }
            if batch.last > 0 { budget?.count(batch.drafts, epoch: start.drivers.epoch, last: batch.last) }
        }
        if outbox.refusals == 1 {
            herald.trouble("ledger", "usage records are refused; they wait in memory, and the log says why just before")
        }
    }

    // MARK: Looking

    /// True when everything the kernel has told was handed over.
    private func drain() -> Bool {
        guard socketFlows == nil else { return true }
        while handled < Self.eventsWaiting {
            let wanted = handled + Self.eventsAtOnce
            let events: [FlowEvent]
            do throws(NetworkFault) {
                events = try counters.events(limit: wanted)
            } catch {
                herald.trouble("events", error.words)
                return false
            }
            herald.relieved("events")
            let new = Array(events.dropFirst(handled))
            guard !new.isEmpty else { return true }
            handled += new.count
            handle(.flows(new), events: new.count)
            if events.count < wanted { return true }
        }
        return false
    }

    func look() {
        wantsLook = false
        var isDrained = drain()
        let sockets = start.drivers.sockets()
        var paths = readings()
        let flows = socketFlows == nil ? dump() : ownFlows(sockets)
        for path in paths { looked[path.path] = path }
        // What passed between a path's counters and its connections may differ.
        for place in paths.indices { paths[place].span = paths[place].at.duration(to: time.now()) }
        isDrained = drain() && isDrained && flows != nil
        if socketFlows == nil { handle(.doubts(counters.doubts)) }
        handle(
            .round(
                MeterRound(
                    sockets: socketFlows == nil ? sockets : [], paths: paths, flows: flows, isDrained: isDrained)))
        compare()
    }

    func readings() -> [PathReading] {
        start.link.paths.compactMap { path in
            do throws(NetworkFault) {
                let reading = try counters.reading(of: path.id)
                herald.relieved("path \(path.id)")
                return reading
            } catch {
                herald.trouble("path \(path.id)", error.words)
                return nil
            }
        }
    }

    private func dump() -> [Flow]? {
        do throws(NetworkFault) {
            let flows = try counters.flows()
            herald.relieved("flows")
            return flows
        } catch {
            herald.trouble("flows", error.words)
            return nil
        }
    }

    /// A socket goes the way whose interface has its address.
    private func ownFlows(_ sockets: [SocketReading]) -> [Flow]? {
        let addresses = start.link.paths.map { path in
            Set(start.drivers.addresses(path.device).compactMap(NetworkAddress.bytes))
        }
        let seen = socketFlows?.look(sockets, at: time.utc()) { socket in
            let source = Array(socket.tuple.source)
            guard let path = addresses.firstIndex(where: { $0.contains(source) }) else { return nil }
            return UsageMark(path: path, trafficClass: UsageMark.telemetry, cameFromOutside: false)
        }
        guard let seen else { return nil }
        if !seen.ended.isEmpty { handle(.flows(seen.ended)) }
        return seen.flows
    }

    /// What was recorded last; call it when all that was appended is committed.
    private func lookBack() {
        wantsLookBack = false
        var entries: [UsageEntry] = []
        do throws(SpoolFault) {
            while entries.count < Self.lookBackMost {
                let more = try history.records(before: entries.last?.sequence, limit: Self.lookBackAtOnce)
                guard !more.isEmpty else { break }
                entries += more
            }
        } catch {
            herald.trouble("history", error.summary)
        }
        handle(.recorded(entries))
    }

    // MARK: The end

    private func close() {
        look()
        settled(outbox.drain(time, within: .seconds(1)))
        if wantsLookBack || meter?.owes == true, outbox.isEmpty { lookBack() }
        handle(.stop)
        compareWindows(isLast: true)
        settled(outbox.drain(time, within: .seconds(2)))
        keepState()
        keepReconciliation()
    }
}
