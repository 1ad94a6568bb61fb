import FieldModel

/// Where parts end.
extension Meter {
    struct Cut: Hashable {
        var at: Instant
        var cause: UsageCause
    }

    /// The places in `(open, end]` where nothing may lie on both sides: the first of them and the last.
    func cuts(after open: Instant, through end: Instant) -> [Cut] {
        guard end > open, !calm.contains(open) || !calm.contains(end) else { return [] }
        let step = settings.interval.wholeNanoseconds / 1000
        let (from, until) = (wall.name(open).microseconds, wall.name(end).microseconds)
        var found = boundaries.filter { $0.at.microseconds > from && $0.at.microseconds <= until }
        for grid in [(floored(from, step) + 1) * step, floored(until, step) * step]
        where grid > from && grid <= until && !found.contains(where: { $0.at.microseconds == grid }) {
            found.append(UsageBoundary(at: Timestamp(microseconds: grid), cause: .time))
        }
        return found.sorted { $0.at < $1.at }.map { Cut(at: wall.instant($0.at), cause: $0.cause) }
    }

    /// A time around now without a place to cut at: what lies in it need not be searched.
    mutating func calmDown() {
        calm = now.mono...now.mono
        let step = settings.interval
        let before = cuts(after: Instant(nanoseconds: now.mono.nanoseconds - step.wholeNanoseconds), through: now.mono)
        guard let last = before.last?.at, let next = firstCut(after: now.mono), last <= next else { return }
        calm = last...max(last, Instant(nanoseconds: next.nanoseconds - 1))
    }

    func firstCut(after instant: Instant) -> Instant? {
        cuts(after: instant, through: instant + settings.interval).first?.at
    }

    private func floored(_ value: Int64, _ step: Int64) -> Int64 {
        let (quotient, rest) = value.quotientAndRemainder(dividingBy: step)
        return rest < 0 ? quotient - 1 : quotient
    }

    /// Whatever is pending lies before the first place; the part that is open then begins at the last.
    mutating func cut(_ account: inout ConnectionAccount, at cuts: [Cut], _ work: inout MeterWork) {
        guard let first = cuts.first, let last = cuts.last else { return }
        cut(&account, at: first.at, first.cause, &work)
        account.open = last.at
    }

    /// Ends the open part where there is anything in it.
    mutating func cut(
        _ account: inout ConnectionAccount, at close: Instant, _ cause: UsageCause, _ work: inout MeterWork
    ) {
        if account.pending > 0 || account.up.correction != account.up.recordedCorrection {
            begin(&account, &work)
            work.drafts.append(draft(.interim, &account, at: close, cause))
            account.connection.part += 1
        }
        (account.open, account.first, account.last) = (close, nil, nil)
    }

    /// The start record, for whatever lives long enough to be looked at.
    mutating func begin(_ account: inout ConnectionAccount, _ work: inout MeterWork) {
        guard !account.isStarted else { return }
        account.isStarted = true
        var draft = UsageDraft(.start, times: times(from: account.open, to: account.open))
        describe(&draft, account)
        draft.times.first = nil
        work.drafts.append(draft)
    }

    /// After a look: what is due by volume, by silence, or because something changed on its path.
    mutating func cutWhatIsDue(_ work: inout MeterWork) {
        let (volume, idleAfter) = (settings.volume, settings.idleAfter)
        for place in accounts.indices {
            let onItsPath = wanted.isEmpty ? nil : wanted[accounts[place].placement.path]?.cause
            guard let cause = onItsPath ?? accounts[place].due(at: now.mono, volume, idleAfter) else { continue }
            var account = accounts[place]
            let close = cause == .idle ? account.last ?? now.mono : now.mono
            cut(&account, at: close, cause, &work)
            if cause == .idle { account.open = now.mono }
            accounts[place] = account
        }
        for (path, cut) in wanted {
            if let next = cut.next { subscriptions[path] = next }
        }
        wanted = [:]
    }

    // MARK: Paths

    mutating func take(_ subscription: UsageSubscription, of path: String, _ work: inout MeterWork) {
        guard let old = wanted[path]?.next ?? subscriptions[path] else { return }
        var new = subscription
        new.path = path
        guard new != old else { return }
        guard let cause = Self.cause(from: old, to: new) else {
            // Another cell is no reason to cut: the newest stands in the record.
            if wanted[path] == nil { subscriptions[path] = new } else { wanted[path]?.next = new }
            return
        }
        want(PathCut(cause: cause, next: new), on: path, &work)
    }

    /// What was not known and is now has not changed.
    private static func cause(from old: UsageSubscription, to new: UsageSubscription) -> UsageCause? {
        func changed<Value: Equatable>(_ part: KeyPath<UsageSubscription, Value?>) -> Bool {
            guard let before = old[keyPath: part] else { return false }
            return new[keyPath: part] != before
        }
        if changed(\.iccid) || changed(\.imei) || changed(\.session) || changed(\.dataNetwork) { return .pduRelease }
        // A radio without slices tells of none: that is another radio, and the same session.
        if changed(\.rat) { return .ratChange }
        return changed(\.slice) ? .pduRelease : nil
    }

    mutating func want(_ cut: PathCut, on path: String, _ work: inout MeterWork) {
        guard settings.paths.contains(where: { $0.id == path }) else { return }
        // The first cause stands; the newest subscription is the next.
        wanted[path] = PathCut(cause: wanted[path]?.cause ?? cut.cause, next: cut.next ?? wanted[path]?.next)
        work.wantsLook = true
    }
}

extension ConnectionAccount {
    /// Why the open part is closed by itself.
    fileprivate func due(at now: Instant, _ volume: UInt64, _ idleAfter: Duration) -> UsageCause? {
        let pending = pending
        guard pending > 0 else { return nil }
        if pending >= volume { return .volume }
        return (last ?? open).duration(to: now) >= idleAfter ? .idle : nil
    }
}
