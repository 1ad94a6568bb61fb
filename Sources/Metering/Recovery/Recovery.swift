import FieldModel

/// What a new process learns from what the old one left: the ledger from its newest record backwards, and the totals
/// that were kept outside it.
///
/// It is given records until `isEnough`, then makes the meter that goes on: open connections with their baselines,
/// ended ones that must not be recorded twice, the balances of the paths. Connections of another boot, or of another
/// network namespace, are closed.
package struct Recovery: Sendable {
    /// Ends that were recorded and not yet released are among so many.
    private static let leastRecords = 4096

    let boot: String
    /// The kernel's network state is the one the records speak of.
    let isSameNamespace: Bool
    /// By connection, the newest record of it.
    var newest: [RecordedKey: UsageEntry] = [:]
    var bases: [BalanceKey: Base] = [:]
    /// Recorded for a balance after the newest record of it.
    var since: [BalanceKey: Int64] = [:]
    var unattributed: [BalanceKey: Meter.UnattributedTotal] = [:]
    /// What the newest balance of each path says of named traffic.
    var strays: [String: StrayAccount] = [:]
    var subscriptions: [String: UsageSubscription] = [:]
    package private(set) var messagesThrough: [String: UInt64]?
    var seenShutdown: Bool?
    /// The boot that the newest record speaks of.
    var newestBoot: String?
    package private(set) var records = 0
    /// Records of another boot were reached, or the ledger's beginning.
    private var isPastBoot = false
    private var oldest: Timestamp?

    struct Base {
        var bytes: UInt64
        var packets: UInt64
        var other: Flow.Count?
        /// Explained by then by what no record counted, or not explained at all.
        var open: Int64
    }

    package init(boot: String, isSameNamespace: Bool = true) {
        self.boot = boot
        self.isSameNamespace = isSameNamespace
    }

    /// Records newest first. Nothing more is needed once `isEnough`; an empty answer of the ledger ends it, too.
    package mutating func take(_ entry: UsageEntry) {
        records += 1
        let draft = entry.draft
        let recordBoot = draft.connection?.boot ?? draft.boot
        if let recordBoot, recordBoot != boot { isPastBoot = true }
        if newestBoot == nil { newestBoot = recordBoot }
        if seenShutdown == nil, draft.kind != .checkpoint, draft.kind != .boot {
            seenShutdown = draft.kind == .shutdown
        }
        if let path = draft.subscription.path, subscriptions[path] == nil { subscriptions[path] = draft.subscription }
        if messagesThrough == nil, let text = draft.note("through") { messagesThrough = MessageCount.through(text) }
        oldest = min(oldest ?? draft.times.close, draft.times.close)
        if let connection = draft.connection { take(connection, entry) }
        if recordBoot == boot, draft.kind == .unattributed { takeBase(draft) }
    }

    /// The data session that the newest record of each path names.
    package var sessions: [String: UInt32] { subscriptions.compactMapValues(\.session) }
    /// The newest record is of this boot.
    package var isSameBoot: Bool { newestBoot == boot }

    /// `live`: the connections there are now; each that is older than this process must be found, or the boot's
    /// beginning.
    package func isEnough(live: [Flow], paths: [PathReading], fingerprint: (Flow.Tuple) -> String) -> Bool {
        if isPastBoot { return records >= Self.leastRecords }
        guard records >= Self.leastRecords, let oldest else { return false }
        for path in paths where bases[BalanceKey(path: path.path, trafficClass: BalanceKey.whole)] == nil {
            return false
        }
        let gathered = paths.filter { $0.probes != nil && $0.probes != TrafficCount() }.map { path in
            newest.keys.contains {
                $0.boot == boot && $0.id == Meter.gatheredID && $0.tuple == fingerprint(Meter.probeTuple(path.path))
            }
        }
        return gathered.allSatisfy(\.self)
            && live.allSatisfy { flow in
                if UsageMark(flow.mark).isProbe { return true }
                if flow.start / 1000 > UInt64(clamping: oldest.microseconds) { return true }
                let connection = UsageConnection(
                    boot: boot, start: flow.start, id: flow.id, tuple: fingerprint(flow.original), part: 1, transport: 0
                )
                return newest[RecordedKey(connection)] != nil
            }
    }

    private mutating func take(_ connection: UsageConnection, _ entry: UsageEntry) {
        let draft = entry.draft
        guard draft.kind == .interim || draft.kind == .stop || draft.kind == .start || draft.kind == .adjust else {
            return
        }
        let key = RecordedKey(connection)
        if draft.kind != .adjust, newest[key] == nil { newest[key] = entry }
        guard connection.boot == boot, let volume = draft.volume, let path = draft.subscription.path else { return }
        let trafficClass = draft.trafficClass ?? BalanceKey.whole
        let up = BalanceKey(path: path, trafficClass: trafficClass)
        let whole = BalanceKey(path: path, trafficClass: BalanceKey.whole)
        let down = BalanceKey(path: path, trafficClass: BalanceKey.whole, isDown: true)
        // Which class the path's shaper had is not known yet: it is kept for both.
        if bases[whole] == nil {
            since[up, default: 0] += volume.deltaUp
            since[down, default: 0] += volume.deltaDown
        }
    }

    private mutating func takeBase(_ draft: UsageDraft) {
        guard let path = draft.subscription.path, let trafficClass = draft.trafficClass else { return }
        let total = BalanceKey(path: path, trafficClass: trafficClass)
        if unattributed[total] == nil, let volume = draft.volume {
            unattributed[total] = Meter.UnattributedTotal(up: volume.up, down: volume.down)
        }
        for isDown in [false, true] {
            let key = BalanceKey(path: path, trafficClass: trafficClass, isDown: isDown)
            let words = draft.note(isDown ? "base_dn" : "base_up")?.split(separator: " ") ?? []
            guard bases[key] == nil, words.count == 3 || words.count == 5, let bytes = UInt64(words[0]),
                let packets = UInt64(words[1]),
                let open = Int64(words[2])
            else { continue }
            let other = words.dropFirst(3).compactMap { UInt64($0) }
            bases[key] = Base(
                bytes: bytes, packets: packets,
                other: other.count == 2 ? Flow.Count(bytes: other[0], packets: other[1]) : Flow.Count(), open: open)
        }
        if trafficClass == BalanceKey.whole, strays[path] == nil, let base = draft.note(StrayAccount.baseName) {
            strays[path] = StrayAccount(base: base)
        }
    }
}
