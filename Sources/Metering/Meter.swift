import FieldModel

/// Turns counters into usage records: every byte of every connection once, and what no connection explains by name.
///
/// A value: readings and time go in, records come out, and nothing else happens. Records say what the kernel's running
/// counters had reached; whoever starts anew goes on from the last record, so nothing is lost or doubled by a crash.
package struct Meter: Sendable {
    package internal(set) var settings: MeterSettings
    var wall: WallClock
    var accounts = ConnectionTable()
    /// What records of this boot say of connections that were not seen live again yet.
    var resumable: [RecordedKey: Resumable] = [:]
    var ended = EndedConnections()
    /// Closed although nobody told of their end: one that is seen again goes on from there.
    var vanished = VanishedConnections()
    /// Connections whose mark named no path at this look, though it had before; and whether there were any before.
    var overwritten = 0
    var areMarksOverwritten = false
    /// Ended before this process began, by name.
    var recordedEnds: Set<RecordedKey> = []
    var balances: [BalanceKey: BalanceAccount] = [:]
    var lanes = LaneTable()
    /// Counters that failed since the last look.
    var broken: Set<BalanceKey> = []
    /// How far the parts of a path's last reading may be apart, and how often its counting began anew.
    var spans: [String: Duration] = [:]
    var generations: [String: Int] = [:]
    /// The classes that a path's shaper shows.
    var shaped: [String: Set<UInt16>] = [:]
    var unattributed: [BalanceKey: UnattributedTotal] = [:]
    var subscriptions: [String: UsageSubscription] = [:]
    var wanted: [String: PathCut] = [:]
    var boundaries: [UsageBoundary] = []
    var units = MessageCount()
    var unitsOpen: Instant
    var round = 0
    var now: Moment
    var forgotten: [UsageConnection] = []
    var lastBalance: Instant
    /// Since when a path's unattributed traffic is open.
    var unattributedOpen: [String: Instant] = [:]
    /// Paths of which a record says where their counters stood.
    var based: Set<String> = []
    /// No record is corrected before.
    var nextLookBack: Instant
    /// Traffic that is in no connection's counters, by path and name.
    var strays: [String: StrayAccount] = [:]
    /// All probes of a path, as one connection.
    var probes: [String: ProbeAccount] = [:]
    package private(set) var nextLook: Instant
    /// Bytes a second, of all connections, at the last look.
    package internal(set) var pace: Double = 0
    var lastLook: Instant?
    /// Bytes since then.
    var grown: Int64 = 0
    /// Why the counters are not exact now.
    var doubts: [String] = []
    var isEstimated: Bool { settings.isFromSockets || !doubts.isEmpty }
    var isStopped = false
    /// No cut is due between two moments of it.
    var calm: ClosedRange<Instant>

    /// A part of it is known, and its connection may still be there.
    struct Resumable: Sendable {
        var connection: UsageConnection
        var placement: Placement
        var up: DirectionAccount
        var down: DirectionAccount
        var close: Timestamp
        /// It was cut, or only begun.
        var hasPart: Bool
        /// Of probes: `ProbeAccount.offset`.
        var offset: String?
    }

    /// Something changed on a path: its parts are cut at the next look, under what was true until then.
    struct PathCut: Sendable {
        var cause: UsageCause
        var next: UsageSubscription?
    }

    struct UnattributedTotal: Hashable, Sendable {
        var up: UInt64 = 0
        var down: UInt64 = 0
    }

    package init(_ settings: MeterSettings, at now: Moment) {
        self.settings = settings
        self.now = now
        wall = WallClock(now)
        unitsOpen = now.mono
        lastBalance = now.mono
        nextLookBack = now.mono
        nextLook = now.mono
        calm = now.mono...now.mono
        for path in settings.paths {
            var subscription = UsageSubscription()
            subscription.path = path.id
            subscriptions[path.id] = subscription
        }
    }

    package mutating func handle(_ event: MeterEvent, at now: Moment) -> [MeterAction] {
        self.now = now
        var work = MeterWork()
        if let step = wall.take(now) { tell(step, &work) }
        calmDown()
        switch event {
        case .flows(let events): take(events, &work)
        case .round(let round): take(round, &work)
        case .subscription(let path, let subscription): take(subscription, of: path, &work)
        case .path(let path, let isUp): if !isUp { want(.init(cause: .wanDown, next: nil), on: path, &work) }
        case .messages(let count): take(count)
        case .boundaries(let boundaries): self.boundaries = boundaries.sorted { $0.at < $1.at }
        case .groups(let groups): (settings.groups, lanes) = (groups, LaneTable())
        case .doubts(let doubts): take(doubts, &work)
        case .recorded(let entries): takeBack(entries, &work)
        case .stop: stop(&work)
        }
        return work.actions
    }

    /// The next look is due at a full multiple of the interval and at a boundary, and sooner where a part fills.
    mutating func planLook() {
        let room = Double(settings.volume) / max(pace, 1)
        let pause = max(settings.shortestLook, min(settings.look, .seconds(room)))
        var next = now.mono + pause
        if let cut = firstCut(after: now.mono), cut < next { next = cut }
        nextLook = next
    }

    /// Records that are cut meanwhile are estimated.
    private mutating func take(_ new: [String], _ work: inout MeterWork) {
        for doubt in new where !doubts.contains(doubt) { work.alarms.append(MeterAlarm("counters_doubted", doubt)) }
        doubts = new
    }

    private func tell(_ step: WallClock.Step, _ work: inout MeterWork) {
        let seconds = step.microseconds / 1_000_000
        let what = step.isBelieved ? "open parts are stamped anew" : "stamps follow the boot clock meanwhile"
        work.alarms.append(MeterAlarm("clock_step", "the clock jumped by \(seconds) s; \(what)"))
    }
}

/// What one event brings about, until it is handed out.
struct MeterWork {
    var drafts: [UsageDraft] = []
    var kept: [LiveTotals] = []
    var forgotten: [UsageConnection] = []
    var alarms: [MeterAlarm] = []
    var wantsLook = false
    var wantsLookBack = false

    var actions: [MeterAction] {
        var actions: [MeterAction] = drafts.isEmpty ? [] : [.append(drafts)]
        if !kept.isEmpty || !forgotten.isEmpty { actions.append(.keep(kept, forgetting: forgotten)) }
        if wantsLook { actions.append(.look) }
        if wantsLookBack { actions.append(.lookBack) }
        return actions + alarms.map { .alarm($0) }
    }
}

/// One of the accounts that must balance: a class of a path going up, or a whole path in one direction.
struct BalanceKey: Hashable, Sendable {
    /// The whole path.
    static let whole: UInt16 = 0

    var path: String
    var trafficClass: UInt16
    var isDown = false
}
