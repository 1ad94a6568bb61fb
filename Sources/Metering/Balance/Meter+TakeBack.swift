import FieldModel

/// Shaper drops that show only when no connection has anything open to take them off: records that were written too
/// large are corrected by others, newest first.
extension Meter {
    /// Where too little was found to correct, the next packets pay before it is tried again.
    static let lookBackPause = Duration.seconds(60)

    /// Connections claim more than was sent, for sure: whoever ends now has no later packets to pay it.
    package var owes: Bool { balances.keys.contains { excess(of: $0) > 0 } }

    /// `entries`: what is committed, newest first.
    mutating func takeBack(_ entries: [UsageEntry], _ work: inout MeterWork) {
        defer {
            if owes { nextLookBack = now.mono + Self.lookBackPause }
        }
        var corrected: [UInt64: (times: Int, up: Int64)] = [:]
        for entry in entries where entry.draft.kind == .adjust {
            guard let target = entry.draft.correction?.sequence, entry.draft.correction?.epoch == entry.epoch else {
                continue
            }
            let before = corrected[target] ?? (0, 0)
            corrected[target] = (before.times + 1, before.up + (entry.draft.volume?.deltaUp ?? 0))
        }
        for entry in entries {
            guard let key = payer(entry.draft) else { continue }
            let before = corrected[entry.sequence] ?? (0, 0)
            let left = (entry.draft.volume?.deltaUp ?? 0) + before.up
            let taken = min(left, excess(of: key))
            guard taken > 0 else { continue }
            balances[key]?.takeOff(taken)
            work.drafts.append(
                UsageAdjustment.draft(
                    of: entry, up: -taken, down: 0, reason: "dropped", number: before.times + 1, at: now))
        }
    }

    /// The account that a record of this boot explains for; nil where it speaks of no connection's bytes.
    private func payer(_ draft: UsageDraft) -> BalanceKey? {
        guard draft.kind == .interim || draft.kind == .stop, let connection = draft.connection,
            connection.boot == settings.boot, let path = draft.subscription.path
        else { return nil }
        return upKey(Placement(path: path, trafficClass: draft.trafficClass ?? 0, ratingGroup: nil))
    }
}
