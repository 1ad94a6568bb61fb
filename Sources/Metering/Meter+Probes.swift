import FieldModel

/// Probes of a path that are a connection each: hundreds of thousands a day, so all of them together are one connection
/// in records. The kernel counts them together, too, and its counter runs on when the process dies.
struct ProbeAccount: Sendable {
    let tuple: Flow.Tuple
    let start: UInt64
    private var sent: RunningCount
    private var received: RunningCount
    /// Counted since the gathered connection began; more than the counters show where these began anew.
    private(set) var sum: TrafficCount

    var key: FlowKey { FlowKey(flow(mark: 0)) }

    init(_ tuple: Flow.Tuple, start: UInt64) {
        (self.tuple, self.start, sum) = (tuple, start, TrafficCount())
        (sent, received) = (RunningCount(last: sum.sent), RunningCount(last: sum.received))
    }

    /// As records left it.
    init(_ tuple: Flow.Tuple, _ known: Meter.Resumable) {
        (self.tuple, start) = (tuple, known.connection.start)
        sum = TrafficCount(
            sent: Flow.Count(bytes: known.up.raw, packets: known.up.packets),
            received: Flow.Count(bytes: known.down.raw, packets: known.down.packets))
        let offset = (known.offset ?? "").split(separator: " ").compactMap { UInt64($0) }
        let less = offset.count == 4 ? offset : [0, 0, 0, 0]
        sent = RunningCount(
            last: Flow.Count(bytes: sum.sent.bytes &- less[0], packets: sum.sent.packets &- less[1]))
        received = RunningCount(
            last: Flow.Count(bytes: sum.received.bytes &- less[2], packets: sum.received.packets &- less[3]))
    }

    /// What the counters show now is not its own.
    mutating func begin(at now: TrafficCount) {
        (sent, received) = (RunningCount(last: now.sent), RunningCount(last: now.received))
    }

    mutating func take(_ now: TrafficCount) {
        sum.sent.add(sent.grow(to: now.sent))
        sum.received.add(received.grow(to: now.received))
    }

    static let offsetName = "probes_offset"

    /// How much more is in the sum than in the counters; nil while they never began anew.
    var offset: String? {
        let pairs = [(sum.sent, sent.last), (sum.received, received.last)]
        let numbers = pairs.flatMap { [$0.bytes &- ($1?.bytes ?? 0), $0.packets &- ($1?.packets ?? 0)] }
        return numbers.allSatisfy { $0 == 0 } ? nil : numbers.map { String($0) }.joined(separator: " ")
    }

    func flow(mark: UInt32) -> Flow {
        Flow(
            id: Meter.gatheredID, start: start, mark: mark, original: tuple, reply: tuple, sent: sum.sent,
            received: sum.received)
    }
}

extension Flow.Count {
    fileprivate mutating func add(_ more: Flow.Count) {
        bytes += more.bytes
        packets += more.packets
    }
}

extension Meter {
    static let gatheredID: UInt32 = 0
    /// `app` of the record.
    static let probeApplication = "probes"

    mutating func gather(_ path: PathReading, _ work: inout MeterWork) {
        guard let counted = path.probes, let number = settings.paths.firstIndex(where: { $0.id == path.path }) else {
            return
        }
        guard var account = probes[path.path] ?? begin(path.path, counted) else { return }
        account.take(counted)
        probes[path.path] = account
        let mark = UsageMark(path: number, trafficClass: UsageMark.control, cameFromOutside: false)
        guard let place = update(account.flow(mark: mark.bits), nil, &work) else { return }
        var gathered = accounts[place]
        begin(&gathered, &work)
        accounts[place] = gathered
        explainLanes()
    }

    /// Nil as long as there were none.
    private mutating func begin(_ path: String, _ counted: TrafficCount) -> ProbeAccount? {
        let tuple = Self.probeTuple(path)
        let name = settings.fingerprint(tuple)
        let known = resumable.values.first { $0.connection.id == Self.gatheredID && $0.connection.tuple == name }
        if let known { return ProbeAccount(tuple, known) }
        guard counted.sent.packets > 0 || counted.received.packets > 0 else { return nil }
        var new = ProbeAccount(tuple, start: UInt64(clamping: wall.name(now.mono).microseconds) * 1000)
        // The end of an earlier one is recorded: what the counters show was its, as far as is known.
        if recordedEnds.contains(where: { $0.id == Self.gatheredID && $0.tuple == name }) { new.begin(at: counted) }
        return new
    }

    /// No addresses but the path's name: its connections are to whatever is probed. What does not fit tells by its sum
    /// (FNV-1a).
    static func probeTuple(_ path: String) -> Flow.Tuple {
        let sum = path.utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
        let fits = path.utf8.count <= 16
        return Flow.Tuple(
            transport: 6, source: Flow.Address(path.utf8),
            destination: .init(high: fits ? 0 : sum, low: 0, count: fits ? 0 : 8),
            sourcePort: 0, destinationPort: 0)
    }

    func isGathered(_ key: FlowKey) -> Bool {
        key.id == Self.gatheredID && probes.values.contains { $0.key == key }
    }

    /// Recorded, and not read again yet: its path's interface may be away.
    func isGathered(_ known: Resumable) -> Bool {
        known.connection.id == Self.gatheredID
            && settings.paths.contains { settings.fingerprint(Self.probeTuple($0.id)) == known.connection.tuple }
    }
}
