import FieldModel

/// What one class of one path really carried, against what connections explain of it.
///
/// `truth` is what the shaper or the interface counted. Between readings the two are never quite of the same moment,
/// and what is queued was counted by one and not by the other; so only what stood through three looks is believed.
struct BalanceAccount: Hashable, Sendable {
    /// How many looks a difference must outlast.
    static let looks = 3

    private var bytes = CounterTrack()
    private var packets = CounterTrack()
    /// What of them is no IP.
    private var other = RunningCount()
    /// Bytes of the IP layer since counting began.
    private(set) var truth: Int64 = 0
    /// Of these, what connections explain.
    private(set) var explained: Int64 = 0
    /// And what was recorded as explained by none.
    private(set) var recorded: Int64 = 0
    private(set) var backlog: Int64 = 0
    private(set) var drops: UInt64 = 0
    /// Packets thrown away since the last cut.
    private(set) var newDrops: UInt64 = 0
    /// What was taken off connections since the last cut.
    private(set) var takenOff: Int64 = 0
    /// And since counting began.
    private(set) var takenOffInAll: Int64 = 0
    /// Differences of the last looks, oldest first.
    private var looks: [Look] = []
    private var isBalanced = false
    private(set) var movedSinceRecord = false

    private struct Look: Hashable, Sendable {
        var deficit: Int64
        var excess: Int64
    }

    init() {}

    /// As the last record of it left it: the counters of then, and what was explained but not yet recorded.
    init(bytes: UInt64, packets: UInt64, other: Flow.Count?, explained: Int64) {
        self.bytes = CounterTrack(last: bytes)
        self.packets = CounterTrack(last: packets)
        self.other = RunningCount(last: other)
        self.explained = explained
        isBalanced = true
    }

    var lastBytes: UInt64 { bytes.last ?? 0 }
    var lastPackets: UInt64 { packets.last ?? 0 }
    var lastOther: Flow.Count { other.last ?? Flow.Count() }

    /// Truth that nothing explains; below zero where more is explained than there was.
    var difference: Int64 { truth - explained - recorded }

    mutating func explain(_ growth: Int64) { explained += growth }

    /// Link bytes and packets as their counters show them, and what of them is no IP; nil where that is not known now.
    mutating func read(
        _ count: Flow.Count, header: UInt64, other: Flow.Count?, at now: Instant, limit: LinkLimit
    ) -> CounterFault? {
        let (bytes, fault) = bytes.grow(to: count.bytes, at: now, limit: limit)
        let packets = packets.grow(to: count.packets, at: now, limit: LinkLimit(nil)).growth
        let beside = other.map { self.other.grow(to: $0) } ?? Flow.Count()
        guard fault?.isHarmless ?? true else { return fault }
        // The two are read one after the other: what is no IP may be seen a look later, and be taken off then.
        let net = Self.ip(bytes, packets, header) - Self.ip(beside.bytes, beside.packets, header)
        truth += net
        if net != 0 { movedSinceRecord = true }
        return fault
    }

    private static func ip(_ bytes: UInt64, _ packets: UInt64, _ header: UInt64) -> Int64 {
        Int64(clamping: bytes) - Int64(clamping: packets) * Int64(clamping: header)
    }

    mutating func queue(_ backlog: Int64, drops: UInt64) {
        self.backlog = backlog
        if drops > self.drops, isBalanced { newDrops += drops - self.drops }
        self.drops = drops
    }

    /// Call when everything of a look was taken in. The first look, and one after a counter failed, sets the balance.
    mutating func look(isBroken: Bool) {
        if isBroken || !isBalanced {
            // What was proven before stays: of the time since the look before nothing is known.
            truth = explained + recorded + (isBalanced ? deficit - excess : 0)
            looks = []
            isBalanced = true
        }
        looks.append(Look(deficit: difference, excess: -difference - backlog))
        if looks.count > Self.looks { looks.removeFirst() }
    }

    /// What nothing explains, for sure.
    var deficit: Int64 { lasting(\.deficit) }
    /// What connections claim too much, for sure.
    var excess: Int64 { lasting(\.excess) }

    private func lasting(_ part: KeyPath<Look, Int64>) -> Int64 {
        guard looks.count == Self.looks else { return 0 }
        return max(0, looks.map { $0[keyPath: part] }.min() ?? 0)
    }

    mutating func takeOff(_ bytes: Int64) {
        explained -= bytes
        takenOff += bytes
        takenOffInAll += bytes
        looks = looks.map { Look(deficit: $0.deficit + bytes, excess: $0.excess - bytes) }
    }

    mutating func record(_ bytes: Int64) {
        recorded += bytes
        (takenOff, newDrops, movedSinceRecord) = (0, 0, false)
        looks = looks.map { Look(deficit: $0.deficit - bytes, excess: $0.excess + bytes) }
    }
}
