import FieldModel

/// What no connection explains, as records; they also say where the path's counters stood, so that counting goes on from
/// there after a crash.
extension Meter {
    /// All accounts of a path together: what they say is of one moment.
    mutating func recordBalances(isLast: Bool, _ work: inout MeterWork) {
        let crossing = !cuts(after: lastBalance, through: now.mono).isEmpty
        let isPeriod = cuts(after: lastBalance, through: now.mono).contains { $0.cause != .time }
        let isDue = isLast || isPeriod || lastBalance.duration(to: now.mono) >= settings.balanceEvery
        for path in settings.paths.map(\.id) {
            let keys = balances.keys.filter { $0.path == path }.sorted { $0.order < $1.order }
            let isMissing = (crossing || isLast) && keys.contains { missing(at: $0, isLast: isLast) > 0 }
            let isNew = !based.contains(path) && !keys.isEmpty && round > 0
            guard isNew || isMissing || (isDue && keys.contains { balances[$0]?.movedSinceRecord == true }) else {
                continue
            }
            if round > 0 { based.insert(path) }
            recordBalance(of: path, keys, isLast: isLast, &work)
        }
        if isDue || crossing { lastBalance = now.mono }
    }

    /// At the end what is missing now; before, only what has been missing for a while.
    private func missing(at key: BalanceKey, isLast: Bool) -> Int64 {
        guard let account = balances[key] else { return 0 }
        return isLast ? max(0, account.difference) : account.deficit
    }

    private mutating func recordBalance(
        of path: String, _ keys: [BalanceKey], isLast: Bool, _ work: inout MeterWork
    ) {
        let classes = Set(keys.map(\.trafficClass)).sorted()
        let span = unattributedSpan(of: path)
        for trafficClass in classes {
            let up = BalanceKey(path: path, trafficClass: trafficClass)
            let down = BalanceKey(path: path, trafficClass: trafficClass, isDown: true)
            var draft = UsageDraft(.unattributed, times: times(from: span, to: now.mono))
            draft.trafficClass = trafficClass
            draft.ratingGroup = trafficClass == BalanceKey.whole ? nil : settings.groups.name(of: trafficClass)
            draft.subscription = subscriptions[path] ?? UsageSubscription()
            draft.volume = volume(up, missing(at: up, isLast: isLast), missing(at: down, isLast: isLast))
            let before = [balances[up], balances[down]]
            balances[up]?.record(draft.volume?.deltaUp ?? 0)
            balances[down]?.record(draft.volume?.deltaDown ?? 0)
            draft.boot = settings.boot
            draft.notes = notes(up, down, before: before)
            work.drafts.append(draft)
        }
        unattributedOpen[path] = now.mono
    }

    /// It lies on one side of every boundary, as all records do.
    private func unattributedSpan(of path: String) -> Instant {
        let open = unattributedOpen[path] ?? now.mono
        return cuts(after: open, through: now.mono).last.map { max(open, $0.at) } ?? open
    }

    private mutating func volume(_ key: BalanceKey, _ up: Int64, _ down: Int64) -> UsageVolume {
        unattributed[key, default: UnattributedTotal()].up += UInt64(up)
        unattributed[key, default: UnattributedTotal()].down += UInt64(down)
        let total = unattributed[key] ?? UnattributedTotal()
        var volume = UsageVolume(source: key.trafficClass == BalanceKey.whole ? .interface : .shaper)
        (volume.up, volume.down, volume.deltaUp, volume.deltaDown) = (total.up, total.down, up, down)
        volume.isEstimated = isEstimated
        return volume
    }

    /// Where the counters stand. Call when the volume is settled.
    /// `before`: the accounts as they were before that.
    private mutating func notes(
        _ up: BalanceKey, _ down: BalanceKey, before: [BalanceAccount?]
    ) -> [UsageNote] {
        var notes: [UsageNote] = []
        for (key, before) in zip([up, down], before) {
            guard let before, let account = balances[key] else { continue }
            notes.append(UsageNote(key.isDown ? "base_dn" : "base_up", base(account, key)))
            guard !key.isDown else { continue }
            if before.takenOff > 0 { notes.append(UsageNote("taken_off", "\(before.takenOff)")) }
            if before.newDrops > 0 { notes.append(UsageNote("shaper_drops", "\(before.newDrops)")) }
        }
        if up.trafficClass == BalanceKey.whole { notes += strays[up.path, default: StrayAccount()].takeNotes() }
        return notes
    }

    /// Bytes and packets of the counter, and what of the truth up to there is still open: explained by parts that no
    /// record counts yet, or not explained and not recorded as such. Behind it bytes and packets that were no IP.
    private func base(_ account: BalanceAccount, _ key: BalanceKey) -> String {
        var open = account.difference
        for place in accounts.indices where accounts[place].placement.path == key.path {
            if key.isDown {
                open += Int64(clamping: accounts[place].down.pending)
            } else if upKey(accounts[place].placement) == key {
                open += Int64(clamping: accounts[place].up.pending)
            }
        }
        let other = account.lastOther
        let beside = other == Flow.Count() ? "" : " \(other.bytes) \(other.packets)"
        return "\(account.lastBytes) \(account.lastPackets) \(open)\(beside)"
    }
}

extension BalanceKey {
    var order: Int { Int(trafficClass) * 2 + (isDown ? 1 : 0) }
}
