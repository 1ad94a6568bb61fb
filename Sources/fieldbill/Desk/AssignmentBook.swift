import BillStore
import Billing
import Calendars

/// Who had what, when: every assignment that was ever said, as spans of dates.
struct AssignmentBook {
    /// A value on dates in [from, to).
    struct Span: Hashable {
        var value: String
        var from: LocalDate
        var to: LocalDate?

        func contains(_ date: LocalDate) -> Bool { from <= date && to.map { date < $0 } ?? true }
    }

    private struct Key: Hashable {
        var subject: String
        var kind: Assignment.Kind
        var item: String
    }

    private var timelines: [Key: [Span]] = [:]

    /// In the order in which they were said: what is said later about the same date replaces what was said before.
    init(_ assignments: [Assignment]) {
        var said: [Key: [LocalDate: String?]] = [:]
        for one in assignments {
            guard let date = LocalDate(one.starts) else { continue }
            said[Key(subject: one.subject, kind: one.kind, item: one.item), default: [:]][date] = .some(one.value)
        }
        for (key, facts) in said {
            let dates = facts.keys.sorted()
            timelines[key] = dates.enumerated().compactMap { index, date in
                guard let value = facts[date] ?? nil else { return nil }
                return Span(value: value, from: date, to: index + 1 < dates.count ? dates[index + 1] : nil)
            }
        }
    }

    func spans(_ subject: String, _ kind: Assignment.Kind, item: String = "") -> [Span] {
        timelines[Key(subject: subject, kind: kind, item: item)] ?? []
    }

    func value(_ subject: String, _ kind: Assignment.Kind, item: String = "", on date: LocalDate) -> String? {
        spans(subject, kind, item: item).first { $0.contains(date) }?.value
    }

    /// The items a subject has of a kind: its lines, its events.
    func items(_ subject: String, _ kind: Assignment.Kind) -> [String] {
        timelines.keys.filter { $0.subject == subject && $0.kind == kind }.map(\.item).sorted()
    }

    /// Everybody who has an assignment of a kind.
    func subjects(_ kind: Assignment.Kind) -> [String] {
        Set(timelines.keys.lazy.filter { $0.kind == kind }.map(\.subject)).sorted()
    }

    var fleets: Set<String> {
        Set(timelines.lazy.filter { $0.key.kind == .fleet }.flatMap { $0.value.map(\.value) })
    }

    /// The machines that were ever in a fleet.
    func machines(ofFleet fleet: String) -> [String] {
        subjects(.fleet).filter { machine in spans(machine, .fleet).contains { $0.value == fleet } }
    }

    /// Two machines that claim one gateway, or one of its paths, on the same day.
    func contested() -> String? {
        let claims = subjects(.gateway).flatMap { machine in spans(machine, .gateway).map { (machine, $0) } }
        for (index, (machine, span)) in claims.enumerated() {
            for (other, claim) in claims[..<index] where other != machine && Self.overlap(span, claim) {
                let (a, b) = (MeteringPoint(span.value), MeteringPoint(claim.value))
                guard a.gateway == b.gateway, a.path == nil || b.path == nil || a.path == b.path else { continue }
                return
                    "\(machine) and \(other) both have gateway \(span.value) on \(max(span.from, claim.from).text): end "
                    + "the first with '--to', or give each a path of it, 'gateway/path'"
            }
        }
        return nil
    }

    /// One card in two of a machine's lines on the same day: its records would belong to either.
    func contestedCards(of machine: String) -> String? {
        let cards = items(machine, .sim).flatMap { line in spans(machine, .sim, item: line).map { (line, $0) } }
        for (index, (line, span)) in cards.enumerated() {
            for (other, claim) in cards[..<index] where other != line && span.value == claim.value {
                guard Self.overlap(span, claim) else { continue }
                return
                    "the card \(Masking.text(span.value)) is in the lines \(other) and \(line) of \(machine) on "
                    + "\(max(span.from, claim.from).text): end it in one with '--end sim --line \(other)'"
            }
        }
        return nil
    }

    private static func overlap(_ left: Span, _ right: Span) -> Bool {
        (left.to.map { right.from < $0 } ?? true) && (right.to.map { left.from < $0 } ?? true)
    }
}

/// A gateway, or one of its paths: `loader-0001`, `loader-0001/wwan`.
struct MeteringPoint: Hashable {
    var gateway: String
    var path: String?

    init(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1)
        gateway = parts.first.map(String.init) ?? ""
        path = parts.count > 1 ? String(parts[1]) : nil
    }
}

/// Dates in [from, to).
struct DateRange: Hashable {
    var from: LocalDate
    var to: LocalDate

    /// Nil when they have no day in common.
    func intersection(_ from: LocalDate, _ to: LocalDate?) -> DateRange? {
        let range = DateRange(from: max(self.from, from), to: min(self.to, to ?? self.to))
        return range.from < range.to ? range : nil
    }

    /// What is left without the spans.
    func without(_ spans: [AssignmentBook.Span]) -> [DateRange] {
        var left = [self]
        for span in spans {
            left = left.flatMap { range -> [DateRange] in
                let before = range.intersection(range.from, span.from)
                let after = span.to.flatMap { range.intersection($0, nil) }
                return [span.from > range.from ? before : nil, after].compactMap(\.self)
            }
        }
        return left
    }
}
