import BillStore
import Billing
import Calendars
import FieldModel

/// Rates accounts from what the store knows at one moment. Made and used within one snapshot.
struct RatingDesk {
    let ledger: any BillingLedger
    let book: AssignmentBook
    let shelf: PlanShelf
    private let words: [Int64: String]

    init(_ ledger: any BillingLedger) throws {
        self.ledger = ledger
        book = AssignmentBook(try ledger.assignments())
        shelf = try PlanShelf(ledger)
        words = try ledger.words()
        if let contested = book.contested() { throw DeskFault(contested, Exit.refused) }
    }

    // MARK: Who, and when

    /// The accounts that are invoiced together under a name: a machine, or a fleet with those of its machines that have
    /// plans of their own.
    func accounts(of subject: String, on date: LocalDate) throws(DeskFault) -> [String] {
        if book.fleets.contains(subject) {
            let machines = book.machines(ofFleet: subject).filter { machine in
                book.value(machine, .fleet, on: date) == subject && !book.spans(machine, .plan).isEmpty
            }
            let own = book.spans(subject, .plan).isEmpty ? [] : [subject]
            guard !(own + machines).isEmpty else {
                throw DeskFault(
                    "neither fleet \(subject) nor a machine in it has a plan: \(Self.howToAssign)", Exit.nothing)
            }
            return own + machines
        }
        if !book.spans(subject, .plan).isEmpty { return [subject] }
        if let fleet = book.value(subject, .fleet, on: date) {
            throw DeskFault("\(subject) has no plan of its own: it is invoiced with its fleet \(fleet)", Exit.nothing)
        }
        throw DeskFault("\(subject) has no plan: \(Self.howToAssign)", Exit.nothing)
    }

    /// Those accounts that have a plan in their period that contains a date: a machine that has one of its own in other
    /// periods only is charged with its fleet in this one.
    func charged(of subject: String, on date: LocalDate) throws -> [(account: String, period: BillingPeriod)] {
        let all = try accounts(of: subject, on: date).map { ($0, try period(of: $0, on: date)) }
        guard all.count > 1 else { return all }
        return try all.filter { account, period in try !plans(of: account, period).isEmpty }
    }

    /// The account's billing period that contains a date.
    func period(of account: String, on date: LocalDate) throws(DeskFault) -> BillingPeriod {
        let spans = book.spans(account, .plan)
        let near = spans.first { $0.contains(date) } ?? spans.last { $0.from <= date } ?? spans.first
        guard let near else { throw DeskFault("\(account) has no plan: \(Self.howToAssign)", Exit.nothing) }
        return try shelf.plan(near.value).periods.period(containing: date)
    }

    /// The name of the time zone that a rated period's dates are in.
    func zone(of rated: RatedPeriod) throws -> String {
        rated.measured.segments.first?.plan.periods.zone.name ?? "UTC"
    }

    /// The period that was invoiced: it begins at a known moment.
    func period(of account: String, startingAt start: Timestamp) throws -> BillingPeriod {
        for span in book.spans(account, .plan) {
            let rule = try shelf.plan(span.value).periods
            let period = rule.period(containing: start)
            let isHeld = span.from < period.to && span.to.map { $0 > period.from } ?? true
            if isHeld, period.start == start { return period }
        }
        throw DeskFault(
            "\(account) was invoiced for a period that begins at \(start.iso8601), and has no plan with such a period any "
                + "more: assign the plan it had", Exit.refused)
    }

    static let howToAssign = "assign one with 'fieldbill assign NAME --plan ID@VERSION --from DATE'"

    // MARK: What goes in

    func input(_ account: Account, _ period: BillingPeriod) throws(DeskFault) -> RatingInput {
        RatingInput(
            account: account.id, period: period, plans: try plans(of: account.id, period), lines: account.lines(book),
            reserved: try account.reserved(book, period), events: account.events(book, period))
    }

    /// With the day each contract began: the first of an unbroken row of versions of one plan.
    private func plans(of account: String, _ period: BillingPeriod) throws(DeskFault) -> [RatingInput.PlanAssignment] {
        var assignments: [RatingInput.PlanAssignment] = []
        var began: (plan: String, from: LocalDate, to: LocalDate?)?
        for span in book.spans(account, .plan) {
            let id = String(span.value.prefix { $0 != "@" })
            let isSame = began.map { $0.plan == id && $0.to == span.from } ?? false
            began = (id, isSame ? began?.from ?? span.from : span.from, span.to)
            guard span.from < period.to, span.to.map({ $0 > period.from }) ?? true else { continue }
            assignments.append(
                RatingInput.PlanAssignment(
                    plan: try shelf.plan(span.value), from: span.from, to: span.to, contractFrom: began?.from))
        }
        return assignments
    }

    /// Everything that was recorded for the account in the period, into one or more accumulators.
    func measure(_ account: Account, _ period: BillingPeriod, into accumulators: inout [Accumulator]) throws -> Evidence
    {
        guard let zone = try plans(of: account.id, period).first?.plan.periods.zone else {
            throw RatingFault.noPlan(account: account.id, period: period.text)
        }
        var evidence = Evidence()
        for source in account.sources {
            try add(source, zone, into: &accumulators, &evidence)
        }
        for (machine, dates) in account.machines + (account.isFleet ? [(account.id, Self.dates(period))] : []) {
            let (from, to) = (zone.start(of: dates.from), zone.start(of: dates.to))
            for quantity in try ledger.quantities(of: machine, from: from, to: to) {
                guard
                    let reading = ExternalReading(
                        opened: quantity.at, line: machine, name: quantity.name, quantity: quantity.quantity)
                else { continue }
                for index in accumulators.indices { accumulators[index].add(reading) }
            }
        }
        for (machine, _) in account.machines { evidence.assigned(to: machine, in: book, Self.dates(period)) }
        try evidence.look(at: ledger, words, from: period.start)
        return evidence
    }

    private func add(
        _ source: Account.Source, _ zone: ZoneRules, into accumulators: inout [Accumulator], _ evidence: inout Evidence
    ) throws {
        var finder = LineFinder(source, book, zone, words: words)
        let (from, to) = (zone.start(of: source.dates.from), zone.start(of: source.dates.to))
        let path = source.point.path
        // Words of paths are few: found once.
        let wanted = path.map { path in Set(words.lazy.filter { $0.value == path }.map(\.key)) }
        for gap in try ledger.gaps(of: source.point.gateway, from: from, to: to) {
            if let wanted, let other = gap.path, !wanted.contains(other) { continue }
            evidence.count(gap, of: source.point.gateway)
            for line in finder.lines(in: gap) {
                // Only while the source was the account's.
                let gap = RatingGap(line: line, from: max(gap.from, from), to: min(gap.to, to))
                for index in accumulators.indices { accumulators[index].add(gap) }
            }
        }
        evidence.count(source.point.gateway)
        try ledger.usage(of: source.point.gateway, from: from, to: to) { entry throws(StoreFault) in
            if let wanted, !(entry.path.map(wanted.contains) ?? false) { return }
            guard let line = finder.line(at: entry.at, card: entry.card) else { return }
            evidence.count(entry, of: source.point.gateway)
            let record = RatingRecord(
                opened: entry.at, line: line, trafficClass: entry.trafficClass,
                ratingGroup: entry.group.flatMap { words[$0] },
                connection: entry.connection.map { ConnectionKey(boot: "", start: UInt64($0), id: 0, tuple: "") },
                up: entry.up, down: entry.down, messages: entry.messages, isEstimated: entry.isEstimated,
                isMisplaced: entry.isUnplaced)
            for index in accumulators.indices { accumulators[index].add(record) }
        }
    }

    private static func dates(_ period: BillingPeriod) -> DateRange { DateRange(from: period.from, to: period.to) }

    // MARK: What comes out

    /// An account's period, rated with what the period before passed on.
    func rate(_ id: String, _ period: BillingPeriod) throws -> (rated: RatedPeriod, evidence: Evidence) {
        try rate(id, period, carry: try carry(into: period, of: id))
    }

    func rate(
        _ id: String, _ period: BillingPeriod, carry: CarryState
    ) throws -> (rated: RatedPeriod, evidence: Evidence) {
        let account = Account(id, book, period)
        return try named(id, period) {
            var accumulators = [try Accumulator(try input(account, period))]
            let evidence = try measure(account, period, into: &accumulators)
            return (try accumulators[0].finish().rated(carry: carry), evidence)
        }
    }

    /// Of a fault it says whose it is, and of which period.
    func named<Result>(_ account: String, _ period: BillingPeriod, _ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch let fault as RatingFault {
            if case .noPlan = fault { throw fault }
            throw DeskFault("\(account), \(period.text): \(fault.text)", Exit.refused)
        }
    }

    /// What the period before passed on: as it was last invoiced, or else as it rates now.
    func carry(into period: BillingPeriod, of id: String) throws -> CarryState {
        let plans = try plans(of: id, period)
        guard plans.contains(where: { $0.plan.pools.contains { $0.rollOver != nil } }),
            let rule = plans.first?.plan.periods
        else { return CarryState() }
        let before = rule.period(before: period)
        if let data = try ledger.charged(id).last(where: { $0.starts == before.start })?.data {
            return ChargedData(data)?.carryOut ?? CarryState()
        }
        guard try !self.plans(of: id, before).isEmpty else { return CarryState() }
        return try rate(id, before).rated.carryOut
    }
}
