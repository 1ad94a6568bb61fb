import FieldModel

/// Going on from what the records say.
extension Recovery {
    /// The meter that goes on, and what must be recorded first.
    package func resume(
        _ settings: MeterSettings, totals: [LiveTotals], at now: Moment
    ) -> (meter: Meter, actions: [MeterAction]) {
        var meter = Meter(settings, at: now)
        meter.unattributed = unattributed
        for (path, subscription) in subscriptions where meter.subscriptions[path] != nil {
            meter.subscriptions[path] = subscription
        }
        if isSameNamespace {
            restoreBalances(&meter)
            meter.strays = strays
        }
        var work = MeterWork()
        let known = Dictionary(totals.map { (RecordedKey($0.connection), $0) }, uniquingKeysWith: { $1 })
        var stale: [RecordedKey] = []
        for (key, entry) in newest where entry.draft.kind != .stop {
            if key.boot == boot, isSameNamespace {
                meter.resumable[key] = Self.resumable(entry)
            } else {
                stale.append(key)
            }
        }
        for (key, entry) in newest where entry.draft.kind == .stop && key.boot == boot {
            if entry.draft.cause == .abnormal, isSameNamespace, let known = Self.resumable(entry) {
                meter.vanished.insert(known)
            } else {
                meter.recordedEnds.insert(key)
            }
        }
        restoreUnrecorded(known, &meter, &stale)
        closeStale(stale, known, &meter, &work)
        work.forgotten += known.filter { isOver($0.key) }.map(\.value.connection)
        return (meter, work.actions)
    }

    private func isOver(_ key: RecordedKey) -> Bool {
        key.boot != boot || !isSameNamespace || newest[key]?.draft.kind == .stop
    }

    /// A connection that the scanned records do not speak of, because it has been silent for long: its totals do.
    private func restoreUnrecorded(
        _ known: [RecordedKey: LiveTotals], _ meter: inout Meter, _ stale: inout [RecordedKey]
    ) {
        for (key, totals) in known where newest[key] == nil {
            if key.boot == boot, isSameNamespace {
                if totals.up + totals.down > 0 { meter.resumable[key] = Self.resumable(totals) }
            } else {
                stale.append(key)
            }
        }
    }

    private func restoreBalances(_ meter: inout Meter) {
        for path in meter.settings.paths.map(\.id) {
            let keys = bases.keys.filter { $0.path == path }
            guard !keys.isEmpty else { continue }
            let classes = Set(keys.map(\.trafficClass)).subtracting([BalanceKey.whole])
            if !classes.isEmpty { meter.shaped[path] = classes }
            meter.based.insert(path)
            for key in keys { meter.balances[key] = restored(key, meter) }
        }
    }

    private func restored(_ key: BalanceKey, _ meter: Meter) -> BalanceAccount? {
        guard let base = bases[key] else { return nil }
        var recorded: Int64 = 0
        for (other, bytes) in since where other.path == key.path && other.isDown == key.isDown {
            let placement = Placement(path: other.path, trafficClass: other.trafficClass, ratingGroup: nil)
            if key.isDown || meter.upKey(placement) == key { recorded += bytes }
        }
        return BalanceAccount(
            bytes: base.bytes, packets: base.packets, other: base.other, explained: recorded - base.open)
    }

    static func resumable(_ entry: UsageEntry) -> Meter.Resumable? {
        guard let connection = entry.draft.connection, let path = entry.draft.subscription.path else { return nil }
        let placement = Placement(
            path: path, trafficClass: entry.draft.trafficClass ?? 0, ratingGroup: entry.draft.ratingGroup)
        guard entry.draft.kind != .start, let volume = entry.draft.volume else {
            return Meter.Resumable(
                connection: connection, placement: placement, up: DirectionAccount(), down: DirectionAccount(),
                close: entry.draft.times.open, hasPart: false)
        }
        let (up, down) = (entry.draft.number("corr_up_total"), entry.draft.number("corr_dn_total"))
        return Meter.Resumable(
            connection: connection, placement: placement,
            up: .recorded(volume.up, packets: volume.upPackets, correction: up),
            down: .recorded(volume.down, packets: volume.downPackets, correction: down),
            close: entry.draft.times.close, hasPart: true, offset: entry.draft.note(ProbeAccount.offsetName))
    }

    /// It has been silent for longer than records were read, so nothing of it is open. Its way is known when it is seen.
    static func resumable(_ totals: LiveTotals) -> Meter.Resumable {
        Meter.Resumable(
            connection: totals.connection, placement: Placement(path: "", trafficClass: 0, ratingGroup: nil),
            up: .recorded(totals.up, packets: 0, correction: 0),
            down: .recorded(totals.down, packets: 0, correction: 0),
            close: totals.read, hasPart: false)
    }

    private func closeStale(
        _ stale: [RecordedKey], _ known: [RecordedKey: LiveTotals], _ meter: inout Meter, _ work: inout MeterWork
    ) {
        let closing = StaleConnections(
            newest: newest, totals: known, wasShutDown: seenShutdown ?? false, boot: boot,
            before: newestBoot.flatMap { $0 == boot ? nil : $0 })
        work.drafts += closing.drafts(stale, meter)
    }
}

extension UsageDraft {
    func note(_ name: String) -> String? { notes.first { $0.name == name }?.value }
    func number(_ name: String) -> Int64 { note(name).flatMap { Int64($0) } ?? 0 }
}

extension DirectionAccount {
    /// As a record says: `billed` bytes since the connection began, `correction` of them not the kernel's.
    static func recorded(_ billed: UInt64, packets: UInt64, correction: Int64) -> DirectionAccount {
        DirectionAccount(
            raw: UInt64(clamping: Int64(clamping: billed) - correction), packets: packets, correction: correction)
    }
}
