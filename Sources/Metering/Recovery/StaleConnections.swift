import FieldModel

/// Connections that no kernel knows any more: after a power cut, or where the network namespace was lost. What was kept
/// of them last is recorded, and a gap says what may be missing.
struct StaleConnections {
    /// Totals are kept every five seconds, and written within one.
    static let mostMissing: Double = 6

    let newest: [RecordedKey: UsageEntry]
    let totals: [RecordedKey: LiveTotals]
    /// The last process ended in order.
    let wasShutDown: Bool
    let boot: String
    /// The boot that ended, where another one did.
    let before: String?

    func drafts(_ stale: [RecordedKey], _ meter: Meter) -> [UsageDraft] {
        let cause: UsageCause = wasShutDown ? .mgmt : .powerLoss
        let keys = stale.sorted { ($0.boot, $0.start, $0.id) < ($1.boot, $1.start, $1.id) }
        let stops = keys.compactMap { stop($0, cause, meter) }
        guard !stops.isEmpty || before != nil else { return stops }
        return stops + [gap(stale, meter)]
    }

    private func stop(_ key: RecordedKey, _ cause: UsageCause, _ meter: Meter) -> UsageDraft? {
        let entry = newest[key]
        guard var known = entry.flatMap(Recovery.resumable) ?? totals[key].map(Recovery.resumable) else { return nil }
        let kept = totals[key]
        known.connection.part = max(known.connection.part + (known.hasPart ? 1 : 0), kept?.connection.part ?? 1)
        let up = max(known.up.recorded, kept?.up ?? 0)
        let down = max(known.down.recorded, kept?.down ?? 0)
        var draft = UsageDraft(
            .stop, times: times(known, kept, after: entry?.draft.times))
        draft.connection = known.connection
        draft.trafficClass = known.placement.trafficClass
        draft.ratingGroup = known.placement.ratingGroup
        draft.subscription = entry?.draft.subscription ?? UsageSubscription()
        draft.cause = cause
        var volume = UsageVolume(source: .connectionTracking)
        (volume.up, volume.down) = (up, down)
        (volume.deltaUp, volume.deltaDown) = (
            Int64(clamping: up - known.up.recorded), Int64(clamping: down - known.down.recorded)
        )
        (volume.upPackets, volume.downPackets) = (known.up.packets, known.down.packets)
        volume.isEstimated = meter.isEstimated
        draft.volume = volume
        return draft
    }

    /// Stamps are those of the boot that is over.
    private func times(_ known: Meter.Resumable, _ kept: LiveTotals?, after last: UsageTimes?) -> UsageTimes {
        let close = max(known.close, kept?.read ?? known.close)
        let monotonic = last.map { $0.monotonic + close.microseconds - $0.close.microseconds } ?? 0
        return UsageTimes(open: known.close, close: close, monotonic: monotonic, clock: .holdover)
    }

    private func gap(_ stale: [RecordedKey], _ meter: Meter) -> UsageDraft {
        let last = stale.compactMap { totals[$0]?.read ?? newest[$0]?.draft.times.close }.max()
        let open = last ?? meter.wall.name(meter.now.mono)
        var draft = UsageDraft(
            .gap,
            times: UsageTimes(
                open: min(open, meter.wall.name(meter.now.mono)), close: meter.wall.name(meter.now.mono),
                monotonic: meter.now.mono.nanoseconds / 1000, clock: meter.wall.quality))
        let (up, down) = bound(stale)
        draft.boot = boot
        draft.cause = wasShutDown ? .mgmt : .powerLoss
        draft.notes = [
            UsageNote("reason", wasShutDown ? "not_running" : "power_loss"),
            UsageNote("boot_before", before ?? boot),
            UsageNote("connections", "\(stale.count)"), UsageNote("bound_up", "\(up)"),
            UsageNote("bound_dn", "\(down)"),
        ]
        return draft
    }

    /// What six seconds more would have brought at the pace of each open part.
    private func bound(_ stale: [RecordedKey]) -> (up: UInt64, down: UInt64) {
        var bound = (up: 0.0, down: 0.0)
        for key in stale {
            guard let kept = totals[key] else { continue }
            let known = newest[key].flatMap(Recovery.resumable) ?? Recovery.resumable(kept)
            let seconds = max(1, Double(kept.read.microseconds - known.close.microseconds) / 1e6)
            bound.up += Double(kept.up - min(kept.up, known.up.recorded)) / seconds * Self.mostMissing
            bound.down += Double(kept.down - min(kept.down, known.down.recorded)) / seconds * Self.mostMissing
        }
        return (UInt64(bound.up) + 1, UInt64(bound.down) + 1)
    }
}
