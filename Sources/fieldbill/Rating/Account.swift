import BillStore
import Billing

/// What is rated together: a machine with a plan of its own, or a fleet whose plan holds for its machines without one.
struct Account {
    /// Where a machine's records come from, on which dates.
    struct Source: Hashable {
        var machine: String
        var point: MeteringPoint
        var dates: DateRange
    }

    var id: String
    var isFleet: Bool
    /// Its machines, with the dates they belong to it within the period.
    var machines: [(machine: String, dates: DateRange)]
    var sources: [Source]

    init(_ id: String, _ book: AssignmentBook, _ period: BillingPeriod) {
        self.id = id
        isFleet = book.fleets.contains(id)
        let whole = DateRange(from: period.from, to: period.to)
        if isFleet {
            machines = book.machines(ofFleet: id).flatMap { machine in
                book.spans(machine, .fleet).filter { $0.value == id }
                    .compactMap { whole.intersection($0.from, $0.to) }
                    .flatMap { $0.without(book.spans(machine, .plan)) }
                    .map { (machine, $0) }
            }
        } else {
            machines = [(id, whole)]
        }
        sources = machines.flatMap { machine, dates in
            book.spans(machine, .gateway).compactMap { span in
                dates.intersection(span.from, span.to).map {
                    Source(machine: machine, point: MeteringPoint(span.value), dates: $0)
                }
            }
        }
    }

    /// The lines by their dates. A machine that names none is one line itself while it has a gateway.
    func lines(_ book: AssignmentBook) -> [RatingInput.LineAssignment] {
        var assignments: [RatingInput.LineAssignment] = []
        for (machine, dates) in machines {
            let names = Self.names(of: machine, book)
            for name in names {
                assignments += Self.spans(of: name, machine, book).compactMap { span in
                    dates.intersection(span.from, span.to).map {
                        RatingInput.LineAssignment(line: name, machine: machine, from: $0.from, to: $0.to)
                    }
                }
            }
            guard names.isEmpty else { continue }
            assignments += sources.filter {
                $0.machine == machine && dates.intersection($0.dates.from, $0.dates.to) != nil
            }
            .map { RatingInput.LineAssignment(line: machine, machine: machine, from: $0.dates.from, to: $0.dates.to) }
        }
        return Array(Set(assignments)).sorted {
            ($0.line, $0.machine ?? "", $0.from) < ($1.line, $1.machine ?? "", $1.from)
        }
    }

    /// Whoever may have something assigned that counts here, and on which dates: a fleet itself always, its machines while
    /// they are charged with it.
    private func owners(_ period: BillingPeriod) -> [(owner: String, dates: DateRange)] {
        machines.map { ($0.machine, $0.dates) } + (isFleet ? [(id, DateRange(from: period.from, to: period.to))] : [])
    }

    func reserved(_ book: AssignmentBook, _ period: BillingPeriod) throws(DeskFault) -> [RatingInput.ReservedRate] {
        var rates: [RatingInput.ReservedRate] = []
        for (owner, dates) in owners(period) {
            for line in book.items(owner, .reserved) {
                for span in book.spans(owner, .reserved, item: line) {
                    guard let held = dates.intersection(span.from, span.to) else { continue }
                    guard let megabits = Rational(decimal: span.value) else {
                        throw DeskFault(
                            "the reserved rate '\(span.value)' of \(owner) is no number of Mbit/s", Exit.file)
                    }
                    rates.append(
                        RatingInput.ReservedRate(
                            line: line.isEmpty ? owner : line, megabits: megabits, from: held.from, to: held.to))
                }
            }
        }
        return rates
    }

    func events(_ book: AssignmentBook, _ period: BillingPeriod) -> [RatingInput.Event] {
        owners(period).flatMap { owner, dates in
            book.items(owner, .event).flatMap { name in
                book.spans(owner, .event, item: name)
                    .compactMap { span in dates.intersection(span.from, span.to) }
                    .map { RatingInput.Event(name: name, on: $0.from, to: $0.to) }
            }
        }
    }

    static func names(of machine: String, _ book: AssignmentBook) -> [String] {
        Set(book.items(machine, .line) + book.items(machine, .sim)).sorted()
    }

    /// When a line belongs to the machine: as it was said, or else while a card is in it.
    static func spans(of line: String, _ machine: String, _ book: AssignmentBook) -> [AssignmentBook.Span] {
        let said = book.spans(machine, .line, item: line)
        return said.isEmpty ? book.spans(machine, .sim, item: line) : said
    }
}
