import Billing

/// A rated period as a section of a document.
enum SectionMaker {
    static func section(_ rated: RatedPeriod, _ evidence: Evidence) -> InvoiceDocument.Section {
        let parts = rated.parts
        let last = parts.count - 1
        let several = parts.count > 1
        var section = InvoiceDocument.Section(
            subject: rated.account, plan: unique(parts.map(\.plan)), version: last < 0 ? 0 : parts[last].version,
            planHash: unique(parts.map(\.fingerprint)),
            lines: rated.lines.map { line($0, several ? parts[$0.segment] : nil) }
                + rated.settlement.map { line($0, several ? parts[$0.segment] : nil) },
            net: rated.net.minor)
        section.pools = rated.lines.compactMap { pool($0, rated) }
        section.identities = evidence.identities
        section.basis = evidence.basis
        section.excludedSamples = rated.statistics.excludedSamples
        section.estimated = rated.statistics.estimated
        section.misplaced = rated.statistics.misplaced
        return section
    }

    /// What a later calculation changes.
    static func section(_ note: CorrectionNote, _ evidence: Evidence) -> InvoiceDocument.Section {
        var section = section(note.rated, evidence)
        section.pools = []
        section.lines = note.lines.map { change in
            let rated = note.rated.lines.first {
                $0.charge == change.key.charge && change.key.role == "charge"
                    && note.rated.parts[$0.segment].from == change.key.from
            }
            var line = InvoiceDocument.Line(
                charge: change.key.charge, kind: rated?.kind.rawValue ?? change.key.role, amount: change.difference)
            line.quantity = rated?.quantity?.shown ?? ""
            line.unit = rated?.unit ?? ""
            line.price = rated?.unitPrice ?? ""
            (line.before, line.after) = (change.invoiced, change.now)
            if note.rated.parts.count > 1 { line.first = change.key.from.text }
            return line
        }
        section.pools = note.lines.filter { !$0.shares.isEmpty }.map { change in
            InvoiceDocument.Pool(
                id: note.rated.lines.first { $0.charge == change.key.charge && $0.pool != nil }?.pool
                    ?? change.key.charge,
                shares: change.shares.sorted { $0.key < $1.key }.map {
                    InvoiceDocument.Pool.Share(member: $0.key, amount: $0.value)
                }, carryIn: "", carryOut: "")
        }
        section.net = note.net.minor
        return section
    }

    private static func line(_ rated: RatedLine, _ part: RatedPeriod.PlanPart?) -> InvoiceDocument.Line {
        var line = InvoiceDocument.Line(
            charge: rated.charge, kind: rated.kind.rawValue, amount: rated.amount.minor)
        line.quantity = rated.quantity?.shown ?? ""
        line.unit = rated.unit ?? ""
        line.price = rated.unitPrice
        line.included = shown(rated.included, rated.unit)
        line.carried = shown(rated.carried, rated.unit)
        line.overage = shown(rated.overage, rated.unit)
        line.first = part?.from.text
        line.last = part.map { ($0.to + -1).text }
        return line
    }

    private static func line(_ settled: SettlementLine, _ part: RatedPeriod.PlanPart?) -> InvoiceDocument.Line {
        var line = InvoiceDocument.Line(charge: settled.charge, kind: "", amount: settled.amount.minor)
        switch settled.role {
        case .covered: line.kind = "covered"
        case .purchase: line.kind = "purchase"
        case .downPayment: line.kind = "down"
        case .instalment(let number, let of, let interest, _, let balance):
            line.kind = "instalment"
            line.instalment = InvoiceDocument.Instalment(
                number: number, of: of, interest: interest.minor, balance: balance.minor)
        }
        line.first = part?.from.text
        line.last = part.map { ($0.to + -1).text }
        return line
    }

    private static func pool(_ line: RatedLine, _ rated: RatedPeriod) -> InvoiceDocument.Pool? {
        guard let pool = line.pool, !line.shares.isEmpty else { return nil }
        let plan = rated.parts[line.segment].plan
        return InvoiceDocument.Pool(
            id: pool, shares: line.shares.map { InvoiceDocument.Pool.Share(member: $0.line, amount: $0.amount.minor) },
            carryIn: shown(rated.carryIn.total(plan: plan, pool: pool), line.unit),
            carryOut: shown(rated.carryOut.total(plan: plan, pool: pool), line.unit))
    }

    /// Empty for nothing: what is not there is not printed.
    private static func shown(_ quantity: Rational?, _ unit: String?) -> String {
        guard let quantity, !quantity.isZero else { return "" }
        return [quantity.shown, unit].compactMap(\.self).joined(separator: " ")
    }

    private static func unique(_ texts: [String]) -> String {
        var seen: [String] = []
        for text in texts where !seen.contains(text) { seen.append(text) }
        return seen.joined(separator: ", ")
    }
}
