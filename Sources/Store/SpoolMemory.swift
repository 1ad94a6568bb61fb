import FieldModel
import Platform

/// What the spool's writer and everybody else share: the work waiting for the next commit, and the newest rows.
struct SpoolMemory {
    /// Rows fetched back from the disk: all there are above `after`, up to `through`.
    struct Fetched {
        var after: UInt64
        var through: UInt64
        var rows: [SpoolRow]
    }

    var work = SpoolWork()
    private(set) var pendingBytes = 0
    /// Rows the writer is committing at this moment.
    private var committing = 0
    /// The next commit is not to wait.
    var urgent = false
    var stopping = false
    /// When the next commit may be made.
    var commitAt = Instant(nanoseconds: 0)
    var jobs: [@Sendable (SpoolEngine) -> Void] = []
    /// Somebody wants to be called on the writer's thread, once, from a moment on.
    var wake: (at: Instant, then: @Sendable () -> Void)?
    /// Streams whose rows are wanted back from the disk, and from where.
    var wantedRows: [Stream: UInt64] = [:]
    private var tails: [RowTail] = Stream.allCases.map { _ in RowTail() }
    var fetched: [Stream: Fetched] = [:]
    var handlers: [String: @Sendable () -> Void] = [:]
    private(set) var cursors: [SpoolWork.Settlement: UInt64] = [:]
    private(set) var streams: [StreamState]
    private(set) var deadLetters: Int
    var alarm: String?
    /// Rows that are never dropped, and that there was no room for: the disk had refused for too long.
    private var refused = 0
    private var drops = DropReport("telemetry_dropped")
    private var usageDrops = DropReport("usage_dropped")
    private var overfull = OverfullReport()

    init(_ engine: SpoolEngine) {
        streams = Stream.allCases.map(engine.state(of:))
        deadLetters = engine.deadLetters
    }

    /// The next commit need not wait for the interval: somebody asked, or so much has come that memory might run out.
    func isPressing(_ settings: SpoolSettings) -> Bool {
        urgent || work.rows.count >= settings.groupRows || pendingBytes >= settings.memoryBytes / 2
    }

    var hasWork: Bool {
        !work.rows.isEmpty || !work.compositions.isEmpty || !work.settled.isEmpty || !work.rejected.isEmpty
    }

    /// Rows accepted and not yet committed.
    var pending: Int { work.rows.count + work.compositions.count + committing }

    func last(of stream: Stream) -> UInt64 { streams[Int(stream.rawValue)].last }

    mutating func append(_ row: SpoolWork.Pending, limit: Int) {
        work.rows.append(row)
        pendingBytes += row.body.count
        if pendingBytes > limit { shed(limit: limit) }
    }

    /// False when so much waits already that there is no room for more.
    mutating func append(_ composition: SpoolWork.Composition, limit: Int) -> Bool {
        guard pendingBytes + composition.cost <= 4 * limit || work.compositions.isEmpty else { return false }
        work.compositions.append(composition)
        pendingBytes += composition.cost
        urgent = true
        return true
    }

    /// While the disk refuses, memory is the limit: the oldest telemetry goes first; beyond four times that, all else.
    private mutating func shed(limit: Int) {
        while pendingBytes > limit, let place = work.rows.firstIndex(where: { $0.stream.mayBeDropped }) {
            let row = work.rows.remove(at: place)
            pendingBytes -= row.body.count
            work.lost[row.stream, default: 0] += 1
        }
        while pendingBytes > 4 * limit, let newest = work.rows.popLast() {
            pendingBytes -= newest.body.count
            refused += 1
        }
    }

    /// Rows above `sequence` that are in memory; nil when they must be fetched, which `wantedRows` then says.
    mutating func rows(of stream: Stream, after sequence: UInt64, limit: Int) -> [SpoolRow]? {
        guard sequence < last(of: stream) else { return [] }
        var position = sequence
        if let fetched = fetched[stream], fetched.after <= position, position < fetched.through {
            let rows = fetched.rows.lazy.filter { $0.identity.sequence > position }.prefix(limit)
            if !rows.isEmpty { return Array(rows) }
            position = fetched.through
            // Everything above was dropped: there is nothing to fetch, now or after asking again.
            guard position < last(of: stream) else { return [] }
        }
        let tail = tails[Int(stream.rawValue)]
        if let first = tail.first, first <= position + 1 {
            fetched[stream] = nil
            return tail.rows(after: position, limit: limit)
        }
        wantedRows[stream] = position
        return nil
    }

    mutating func settle(_ key: SpoolWork.Settlement, through sequence: UInt64) {
        work.settled[key] = max(sequence, work.settled[key] ?? 0)
        remember(key, sequence)
        let settledByAll = cursors.filter { $0.key.stream == key.stream }.values.min() ?? 0
        tails[Int(key.stream.rawValue)].remove(through: settledByAll)
    }

    /// Returns the cursor as it stands now.
    @discardableResult
    mutating func remember(_ key: SpoolWork.Settlement, _ sequence: UInt64) -> UInt64 {
        let cursor = max(sequence, cursors[key] ?? 0)
        cursors[key] = cursor
        return cursor
    }

    /// The alarm in words, with what it has cost.
    func alarmText(_ reason: String) -> String {
        refused == 0 ? reason : "\(reason); \(refused) events found no room and are lost"
    }

    mutating func takeWork() -> SpoolWork {
        defer {
            committing = work.rows.count + work.compositions.count
            work = SpoolWork()
            pendingBytes = 0
            urgent = false
        }
        return work
    }

    /// A commit failed: its work goes back before what has come since.
    mutating func putBack(_ failed: SpoolWork) {
        committing = 0
        work.rows = failed.rows + work.rows
        work.compositions = failed.compositions + work.compositions
        work.rejected = failed.rejected + work.rejected
        work.lost.merge(failed.lost, uniquingKeysWith: +)
        work.settled.merge(failed.settled) { max($0, $1) }
        pendingBytes =
            work.rows.reduce(0) { $0 + $1.body.count } + work.compositions.reduce(0) { $0 + $1.cost }
    }

    /// A commit succeeded: its rows may be read now.
    mutating func take(_ outcome: SpoolOutcome, lost: Int64, from engine: SpoolEngine, limit: Int, time: any TimeSource)
    {
        committing = 0
        for row in outcome.rows { tails[Int(row.identity.stream.rawValue)].append(row) }
        for stream in Stream.allCases {
            let index = Int(stream.rawValue)
            streams[index] = engine.state(of: stream)
            while tails[index].bytes > limit { tails[index].removeFirst() }
        }
        deadLetters = engine.deadLetters
        drops.add(outcome.drops, lost: lost)
        usageDrops.add(outcome.usageDrops, lost: 0)
        let overfull = outcome.usageIsOverfull ? overfull.event(engine.state(of: .usage), time: time) : nil
        for event in [drops.event(time: time), usageDrops.event(time: time), overfull].compactMap(\.self) {
            append(SpoolWork.Pending(stream: .event, body: RowCodec.encode(event), at: event.time), limit: limit)
            urgent = true
        }
    }
}

/// Dropped rows, told on the event stream together, at most once a minute.
struct DropReport {
    private let name: String
    private var count: Int64 = 0
    private var from = UInt64.max
    private var through: UInt64 = 0
    private var cause = ""
    private var quietUntil = Instant(nanoseconds: 0)

    init(_ name: String) { self.name = name }

    mutating func add(_ drops: [SpoolOutcome.Drop], lost: Int64) {
        for drop in drops {
            count += drop.count
            from = min(from, drop.from)
            through = max(through, drop.through)
            cause = drop.cause
        }
        guard lost > 0 else { return }
        count += lost
        if cause.isEmpty { cause = "disk" }
    }

    mutating func event(time: any TimeSource) -> EventBatch? {
        guard count > 0, time.now() >= quietUntil else { return nil }
        var fields = [
            EventBatch.Field("event", .text(name)), EventBatch.Field("count", .integer(count)),
            EventBatch.Field("cause", .text(cause)),
        ]
        if through > 0 {
            fields.append(EventBatch.Field("from_seq", .integer(Int64(from))))
            fields.append(EventBatch.Field("through_seq", .integer(Int64(through))))
        }
        self = DropReport(name)
        quietUntil = time.now() + .seconds(60)
        return EventBatch(
            kind: .event, device: "gateway", time: time.utc(), clock: time.clockQuality(), fields: fields)
    }
}

/// Usage records that nobody acknowledges fill more room than they should: told at most once a day.
struct OverfullReport {
    private var quietUntil = Instant(nanoseconds: 0)

    mutating func event(_ state: StreamState, time: any TimeSource) -> EventBatch? {
        guard time.now() >= quietUntil else { return nil }
        quietUntil = time.now() + .seconds(86_400)
        return EventBatch(
            kind: .event, device: "gateway", time: time.utc(), clock: time.clockQuality(),
            fields: [
                EventBatch.Field("event", .text("usage_overfull")),
                EventBatch.Field("bytes", .integer(Int64(state.bytes))),
                EventBatch.Field(
                    "detail",
                    .text("no receiver has acknowledged the oldest records, so none may go: see that one does")),
            ])
    }
}
