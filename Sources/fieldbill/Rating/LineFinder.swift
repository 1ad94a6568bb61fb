import BillStore
import Billing
import Calendars
import FieldModel

/// Finds the line a record belongs to: by its card, or the machine's only one, or the machine itself.
///
/// What is assigned changes at midnight only, so a source's time falls into a few stretches that are each looked up once.
struct LineFinder {
    private struct Stretch {
        var start: Timestamp
        var end: Timestamp
        /// By ICCID.
        var cards: [String: String]
        var other: String
        /// By number of the card's word, as they are met.
        var known: [Int64: String] = [:]
    }

    private var stretches: [Stretch]
    private let words: [Int64: String]
    private var last = 0

    init(_ source: Account.Source, _ book: AssignmentBook, _ zone: ZoneRules, words: [Int64: String]) {
        self.words = words
        let (machine, dates) = (source.machine, source.dates)
        let lines = Account.names(of: machine, book)
        let spans = lines.flatMap { Account.spans(of: $0, machine, book) + book.spans(machine, .sim, item: $0) }
        let changes = Set(spans.flatMap { [$0.from, $0.to].compactMap(\.self) } + [dates.from, dates.to])
            .filter { dates.from <= $0 && $0 <= dates.to }.sorted()
        stretches = zip(changes, changes.dropFirst()).map { from, to in
            let present = lines.filter { line in
                Account.spans(of: line, machine, book).contains { $0.contains(from) }
            }
            let cards = present.compactMap { line in
                book.value(machine, .sim, item: line, on: from).map { ($0, line) }
            }
            return Stretch(
                start: zone.start(of: from), end: zone.start(of: to),
                cards: Dictionary(cards, uniquingKeysWith: { first, _ in first }),
                other: present.count == 1 ? present[0] : machine)
        }
    }

    /// Nil of a time in which the source was not the account's.
    mutating func line(at moment: Timestamp, card: Int64?) -> String? {
        if !(last < stretches.count && stretches[last].start <= moment && moment < stretches[last].end) {
            guard let found = stretches.firstIndex(where: { $0.start <= moment && moment < $0.end }) else { return nil }
            last = found
        }
        guard let card else { return stretches[last].other }
        if let known = stretches[last].known[card] { return known }
        let line = words[card].flatMap { stretches[last].cards[$0] } ?? stretches[last].other
        stretches[last].known[card] = line
        return line
    }

    /// The lines that a gap without a card touches.
    func lines(in gap: UsageGap) -> [String] {
        if let card = gap.card.flatMap({ words[$0] }) {
            let own = stretches.compactMap { $0.cards[card] }
            if !own.isEmpty { return Array(Set(own)) }
        }
        return Array(
            Set(
                stretches.filter { $0.start < gap.to && gap.from < $0.end }.flatMap {
                    Array($0.cards.values) + [$0.other]
                }))
    }
}
