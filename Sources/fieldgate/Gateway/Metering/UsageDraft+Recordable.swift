import FieldModel
import UsageWire

extension UsageDraft {
    /// Itself, with stamps that records have numbers for. What still cannot be a record becomes a gap that says why and
    /// what it counted: a draft that the ledger refuses for ever would keep all that follow from being recorded.
    var recordable: UsageDraft {
        var draft = self
        draft.times = times.sealable
        let faults = draft.problems
        return faults.isEmpty ? draft : draft.gap(faults)
    }

    private func gap(_ faults: [String]) -> UsageDraft {
        var gap = UsageDraft(.gap, times: times)
        gap.boot = boot ?? connection?.boot
        gap.subscription = subscription
        gap.notes = [
            UsageNote("reason", "no_record"), UsageNote("type", kind.rawValue),
            UsageNote("problems", faults.joined(separator: "; ")),
        ]
        if let connection { gap.notes.append(UsageNote("connection", "\(connection.id)")) }
        if let volume {
            gap.notes += [UsageNote("d_up", "\(volume.deltaUp)"), UsageNote("d_dn", "\(volume.deltaDown)")]
        }
        return gap
    }
}
