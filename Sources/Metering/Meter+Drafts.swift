import FieldModel

/// How records are written.
extension Meter {
    func times(from open: Instant, to close: Instant) -> UsageTimes {
        UsageTimes(
            open: wall.name(open), close: wall.name(max(open, close)), monotonic: max(open, close).nanoseconds / 1000,
            clock: wall.quality)
    }

    func describe(_ draft: inout UsageDraft, _ account: ConnectionAccount) {
        draft.connection = account.connection
        draft.trafficClass = account.placement.trafficClass
        draft.ratingGroup = account.placement.ratingGroup
        draft.subscription = subscriptions[account.placement.path] ?? UsageSubscription()
        draft.times.first = account.first.map(wall.name)
        draft.times.last = account.last.map { wall.name(min($0, Instant(nanoseconds: draft.times.monotonic * 1000))) }
    }

    /// The open part of a connection as a record; what it counts is settled.
    mutating func draft(
        _ kind: UsageKind, _ account: inout ConnectionAccount, at close: Instant, _ cause: UsageCause
    ) -> UsageDraft {
        var draft = UsageDraft(kind, times: times(from: account.open, to: close))
        describe(&draft, account)
        draft.cause = cause
        let part = account.settle()
        var volume = UsageVolume(source: source(of: account))
        (volume.up, volume.down) = (account.up.recorded, account.down.recorded)
        (volume.deltaUp, volume.deltaDown) = (Int64(clamping: part.up), Int64(clamping: part.down))
        (volume.upPackets, volume.downPackets) = (account.up.packets, account.down.packets)
        volume.correctionUp = part.correctionUp
        volume.isEstimated = isEstimated
        draft.volume = volume
        draft.notes = account.takeNotes()
        if account.isGathered, let offset = probes[account.placement.path]?.offset {
            draft.notes.append(UsageNote(ProbeAccount.offsetName, offset))
        }
        return draft
    }

    private func source(of account: ConnectionAccount) -> UsageSource {
        if settings.isFromSockets { return .app }
        if account.isGathered { return .firewall }
        return account.header == nil ? .connectionTracking : .connectionTrackingCorrected
    }

    /// Something was not counted, or not counted right: from when, and what is known of it.
    func gap(_ reason: String, _ path: String?, from: Instant, _ notes: [UsageNote] = []) -> UsageDraft {
        var draft = UsageDraft(.gap, times: times(from: from, to: now.mono))
        if let path { draft.subscription = subscriptions[path] ?? UsageSubscription() }
        draft.boot = settings.boot
        draft.notes = [UsageNote("reason", reason)] + notes
        return draft
    }
}

extension ConnectionAccount {
    struct Part {
        var up: UInt64
        var down: UInt64
        var correctionUp: Int64
    }

    mutating func settle() -> Part {
        let part = Part(up: up.pending, down: down.pending, correctionUp: up.settleCorrection())
        _ = down.settleCorrection()
        up.settle()
        down.settle()
        isChanged = true
        return part
    }

    /// With the sums of what was added, where there is any: whoever goes on from this record needs the kernel's own
    /// count.
    mutating func takeNotes() -> [UsageNote] {
        defer { (notes, takenOff) = ([], 0) }
        var all = notes
        if takenOff > 0 { all.append(UsageNote("dropped", "\(takenOff)")) }
        if up.correction != 0 { all.append(UsageNote("corr_up_total", "\(up.correction)")) }
        if down.correction != 0 { all.append(UsageNote("corr_dn_total", "\(down.correction)")) }
        return all
    }
}

/// Records that correct other records.
package enum UsageAdjustment {
    /// Signed deltas on top of a record that stands. `number` counts the corrections of this record from 1: given the
    /// same record, reason and number, the same `id`, so that what is tried twice counts once.
    package static func draft(
        of entry: UsageEntry, up: Int64, down: Int64, reason: String, number: Int = 1, at now: Moment
    ) -> UsageDraft {
        // It belongs to the period of what it corrects.
        var draft = UsageDraft(
            .adjust,
            times: UsageTimes(
                open: entry.draft.times.open, close: entry.draft.times.close, monotonic: now.mono.nanoseconds / 1000,
                clock: now.clock))
        draft.connection = entry.draft.connection
        draft.trafficClass = entry.draft.trafficClass
        draft.ratingGroup = entry.draft.ratingGroup
        draft.subscription = entry.draft.subscription
        var volume = UsageVolume(source: entry.draft.volume?.source ?? .connectionTracking)
        (volume.deltaUp, volume.deltaDown) = (up, down)
        draft.volume = volume
        draft.correction = UsageCorrection(
            epoch: entry.epoch, sequence: entry.sequence, reason: reason,
            id: "\(entry.epoch)-\(entry.sequence)-\(reason)-\(number)")
        return draft
    }
}
