import FieldGateTesting
import FieldModel
import Metering
import Testing

/// A gateway's metering without a gateway: a kernel, a ledger, what is kept outside it, and a meter that may die.
final class MeterBench {
    let time: ManualTime
    var kernel: SimulatedKernel
    var meter: Meter
    private(set) var ledger: [UsageEntry] = []
    var kept: [UsageConnection: LiveTotals] = [:]
    var alarms: [MeterAlarm] = []
    var boot: String
    var looksWanted = 0
    private var wantsLookBack = false
    var adjust: (inout MeterSettings) -> Void

    init(
        boot: String = "boot-1", time: ManualTime = ManualTime(),
        _ adjust: @escaping (inout MeterSettings) -> Void = { _ in }
    ) {
        self.boot = boot
        self.time = time
        self.adjust = adjust
        kernel = SimulatedKernel(time: time)
        meter = Meter(Self.settings(boot, adjust), at: Moment(time))
        look()
    }

    static func settings(_ boot: String, _ adjust: (inout MeterSettings) -> Void) -> MeterSettings {
        var settings = MeterSettings(
            boot: boot, paths: [.init(id: "a"), .init(id: "b")],
            fingerprint: { "\($0.transport)-\($0.source)-\($0.sourcePort)-\($0.destination)-\($0.destinationPort)" })
        adjust(&settings)
        return settings
    }

    /// Takes all that the ring holds, then looks.
    func look(sockets: Bool = true) {
        drain()
        let round = MeterRound(
            sockets: sockets ? kernel.sockets : [], paths: [kernel.reading], flows: kernel.flows)
        handle(.round(round))
        kernel.catchUp()
        if wantsLookBack {
            wantsLookBack = false
            handle(.recorded(ledger.reversed()))
        }
    }

    /// What the ring holds is recorded; then it is let go, unless the process dies before it can.
    func drain(limit: Int = .max, release: Bool = true) {
        let events = Array(kernel.events.prefix(limit))
        guard !events.isEmpty else { return }
        handle(.flows(events))
        if release { kernel.events.removeFirst(events.count) }
    }

    func handle(_ event: MeterEvent) { carryOut(meter.handle(event, at: Moment(time))) }

    func carryOut(_ actions: [MeterAction]) {
        for action in actions {
            switch action {
            case .append(let drafts):
                for draft in drafts {
                    ledger.append(UsageEntry(epoch: 1, sequence: UInt64(ledger.count + 1), draft: draft))
                }
            case .keep(let totals, let ended):
                for total in totals { kept[key(total.connection)] = total }
                for connection in ended { kept[key(connection)] = nil }
            case .look: looksWanted += 1
            case .lookBack: wantsLookBack = true
            case .alarm(let alarm): alarms.append(alarm)
            }
        }
    }

    private func key(_ connection: UsageConnection) -> UsageConnection {
        var key = connection
        key.part = 0
        return key
    }

    func pass(_ duration: Duration) { time.advance(by: duration) }

    /// So many steps of time, each with something going on and a look after it.
    func steps(_ count: Int, of duration: Duration = .seconds(5), _ work: () -> Void = {}) {
        for _ in 0..<count {
            pass(duration)
            work()
            look()
        }
    }

    /// kill -9, and a new process.
    func restart(sameNamespace: Bool = true) {
        var recovery = Recovery(boot: boot, isSameNamespace: sameNamespace)
        for entry in ledger.reversed() { recovery.take(entry) }
        let (meter, actions) = recovery.resume(
            Self.settings(boot, adjust), totals: Array(kept.values), at: Moment(time))
        self.meter = meter
        carryOut(actions)
    }

    /// Everything ends; looks go on until nothing is in doubt any more.
    func finish() {
        for index in kernel.live.indices.reversed() { kernel.end(index) }
        for _ in 0..<6 {
            pass(.seconds(5))
            look()
        }
        handle(.stop)
    }

    // MARK: What was recorded

    var drafts: [UsageDraft] { ledger.map(\.draft) }
    func drafts(_ kind: UsageKind) -> [UsageDraft] { drafts.filter { $0.kind == kind } }

    var billedUp: Int64 { drafts.reduce(0) { $0 + ($1.volume?.deltaUp ?? 0) } }
    var billedDown: Int64 { drafts.reduce(0) { $0 + ($1.volume?.deltaDown ?? 0) } }
    var unattributedUp: Int64 { drafts(.unattributed).reduce(0) { $0 + ($1.volume?.deltaUp ?? 0) } }
    var unattributedDown: Int64 { drafts(.unattributed).reduce(0) { $0 + ($1.volume?.deltaDown ?? 0) } }

    /// What the records name, added up.
    func named(_ name: String) -> Int64 {
        drafts(.unattributed).flatMap(\.notes).filter { $0.name == name }.compactMap { Int64($0.value) }.reduce(0, +)
    }

    /// Records of gathered probes.
    var gathered: [UsageDraft] { drafts.filter { $0.connection?.application == "probes" } }

    /// What must hold of any ledger.
    func check(_ place: SourceLocation = #_sourceLocation) {
        var seen: Set<UsageConnection> = []
        var totals: [UsageConnection: (up: UInt64, down: UInt64)] = [:]
        for draft in drafts where draft.kind == .interim || draft.kind == .stop {
            guard let connection = draft.connection, let volume = draft.volume else { continue }
            #expect(seen.insert(connection).inserted, "recorded twice: \(connection)", sourceLocation: place)
            #expect(volume.deltaUp >= 0 && volume.deltaDown >= 0, sourceLocation: place)
            let before = totals[key(connection)] ?? (0, 0)
            #expect(Int64(volume.up) - Int64(before.up) == volume.deltaUp, sourceLocation: place)
            #expect(Int64(volume.down) - Int64(before.down) == volume.deltaDown, sourceLocation: place)
            totals[key(connection)] = (volume.up, volume.down)
        }
        for draft in drafts { #expect(draft.times.open <= draft.times.close, sourceLocation: place) }
    }
}
