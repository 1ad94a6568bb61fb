import FieldModel
import Metering
import Platform

/// How metering begins, and what it compares and tells.
extension MeterDesk {
    /// How often the state and the forecast are made anew.
    private static let reportEvery = Duration.seconds(60)

    func begin(at now: Instant) {
        nextStart = now + .seconds(1)
        let flows: [Flow]
        var fromSockets = false
        do throws(NetworkFault) {
            flows = start.drivers.mayAskForConnections ? try counters.flows() : []
            fromSockets = !start.drivers.mayAskForConnections
        } catch {
            guard began.duration(to: now) >= MeterStart.patience else {
                return board.change { $0.problem = error.words }
            }
            (flows, fromSockets) = ([], true)
        }
        do throws(SpoolFault) {
            try begin(flows, fromSockets: fromSockets)
        } catch {
            herald.trouble("ledger", error.summary)
        }
    }

    private func begin(_ flows: [Flow], fromSockets: Bool) throws(SpoolFault) {
        let kept = MeterState(path: statePath)
        let namespace = start.drivers.namespace
        let isSame = (kept.namespace ?? namespace) == namespace && !fromSockets
        let recovery = try start.recover(history, live: flows, paths: readings(), isSameNamespace: isSame)
        let plan = try start.plan()
        budget = try start.budget(plan, kept: kept, history)
        let (meter, actions) = recovery.resume(
            start.meterSettings(fromSockets: fromSockets), totals: try totals.load(), at: Moment(time))
        self.meter = meter
        if fromSockets { socketFlows = SocketFlows() }
        watch = SubscriptionWatch(start.link, sessions: recovery.sessions, isSameBoot: recovery.isSameBoot)
        if let through = recovery.messagesThrough {
            board.count { $0.begin(through: through) }
        }
        carryOut(actions)
        followBoundaries()
        herald.began(fromSockets: fromSockets, records: recovery.records)
        board.change {
            $0.mode = fromSockets ? "sockets" : "exact"
            $0.problem = nil
        }
        look()
        keepState()
    }

    /// What the other threads know: paths, subscriptions, messages.
    func follow() {
        for report in live.links {
            for event in watch.take(report) { handle(event) }
            reconcile(report)
        }
        if let count = board.takeMessages() { handle(.messages(count)) }
    }

    private func reconcile(_ report: LinkReport) {
        guard report.modem != nil, let looked = meter?.statement(of: report.path) else { return }
        let answer = watch.isNew(report) ? report.counters : nil
        // A look is seconds old, and the modem's answer is not.
        let statement = answer == nil ? looked : advanced(looked)
        var reconciler =
            sessions[report.path]
            ?? SessionReconciler(path: report.path, limit: LinkLimit(start.settings.lineRate))
        let ended = reconciler.take(
            session: watch.session(of: report.path), counters: answer, statement)
        sessions[report.path] = reconciler
        if let ended { herald.tell(ended) }
    }

    /// As the path stands now: with what its interface carried since the look.
    private func advanced(_ statement: PathStatement) -> PathStatement {
        guard let before = looked[statement.path], let now = try? counters.reading(of: statement.path),
            now.sent.bytes >= before.sent.bytes, now.received.bytes >= before.received.bytes
        else { return statement }
        var advanced = statement
        advanced.up += Self.internetBytes(now, \.sent, \.otherSent) - Self.internetBytes(before, \.sent, \.otherSent)
        advanced.down +=
            Self.internetBytes(now, \.received, \.otherReceived)
            - Self.internetBytes(before, \.received, \.otherReceived)
        return advanced
    }

    /// Bytes of the IP layer.
    private static func internetBytes(
        _ reading: PathReading, _ all: KeyPath<PathReading, Flow.Count>, _ other: KeyPath<PathReading, Flow.Count>
    ) -> Int64 {
        let (all, other) = (reading[keyPath: all], reading[keyPath: other])
        return Int64(clamping: all.bytes) - Int64(clamping: other.bytes)
            - Int64(clamping: (all.packets - min(all.packets, other.packets)) * reading.header)
    }

    /// Windows that end now, or all that are open.
    func compareWindows(isLast: Bool) {
        var isNotable = false
        for path in start.link.paths {
            guard let statement = meter?.statement(of: path.id),
                let window = reconciler.take(statement, isLast: isLast)
            else { continue }
            if window.verdict == .alarm { herald.tell(window) }
            isNotable = isNotable || window.verdict != .right
        }
        let windows = reconciler.windows
        let sessions = self.sessions.values.flatMap { [$0.last, $0.statement].compactMap(\.self) }
        board.change { ($0.windows, $0.sessions) = (windows, sessions) }
        if isNotable { keepReconciliation() }
    }

    func compare() {
        compareWindows(isLast: false)
        guard let open = meter?.open, let budget = self.budget else { return }
        let (stage, period) = (self.budget?.look(at: time.utc(), open: open), self.budget?.period)
        // The kernel's quota is set at the start, too, and for each new period.
        if let stage = stage ?? (isBudgetSet && period == budget.period ? nil : self.budget?.stage) {
            isBudgetSet = true
            enter(stage, open: open)
        }
    }

    /// Back-fill and bulk are slowed; control and fresh events never are.
    private func enter(_ stage: BudgetStage, open: UInt64) {
        guard let budget else { return }
        let plan = start.settings.plan
        if stage != .free || hasBeenSlow { herald.tell(stage, budget.statement(at: time.utc(), open: open)) }
        hasBeenSlow = stage != .free
        board.tell { state in
            switch stage {
            case .free: state.backfill = nil
            case .slow: state.backfill = plan.slowBackfill
            case .spent: state.backfill = BitRate(bitsPerSecond: 0)
            }
        }
        let bulk: BitRate? =
            switch stage {
            case .free: nil
            case .slow: plan.slowBulk
            case .spent: min(plan.slowBulk, .kilobits(8))
            }
        network?.limit(bulk: bulk, quota: budget.kernelQuota(open: open))
        nextReport = time.now()
    }

    func report(at now: Instant) {
        nextReport = now + Self.reportEvery
        if now >= nextBoundaries { followBoundaries() }
        guard let budget, let open = meter?.open else { return }
        let statement = budget.statement(at: time.utc(), open: open)
        let document = UsageForecast.document(statement, gateway: herald.gateway)
        board.tell { state in
            state.budget = statement
            state.forecast = document
            state.forecastNumber += 1
        }
        keepState()
    }

    /// The clock may have been set since.
    private func followBoundaries() {
        nextBoundaries = time.now() + .seconds(3600)
        guard let budget else { return }
        handle(.boundaries(budget.plan.periods.boundaries(around: time.utc())))
    }

    /// For whoever asks when no gateway runs.
    func keepReconciliation() {
        do throws(SystemError) {
            try FileText.replace(reconcilePath, with: ReconcileDocument.json(board.now) + "\n")
        } catch {
            herald.trouble("state", "\(reconcilePath) cannot be written: \(error)")
        }
    }

    func keepState() {
        guard let budget else { return }
        do throws(SystemError) {
            try FileText.replace(statePath, with: MeterState(namespace: start.drivers.namespace, budget).text)
        } catch {
            herald.trouble("state", "\(statePath) cannot be written: \(error)")
        }
    }
}
