import ArgumentParser
import BillStore
import Billing
import Calendars
import JSONText

struct AssignCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "assign",
        abstract: "Say what a machine or a fleet has from a date on.",
        discussion: """
            Each assignment holds from local midnight of --from until something else is said for a later date, or until \
            --to (the first day on which it no longer holds). What was said before is kept. A date that was invoiced \
            already may be changed: 'fieldbill credit' then says what that changes.
            """)

    @OptionGroup var options: DeskOptions
    @Argument(help: "The machine or the fleet.") var subject: String
    @Option(help: "The first day, YYYY-MM-DD.") var from: String
    @Option(help: "The first day on which it no longer holds.") var to: String?
    @Option(help: "The gateway that records for the machine, or one of its paths: GATEWAY/PATH.") var gateway: String?
    @Option(help: "A line of the machine; with --sim, the line the card is in.") var line: String?
    @Option(help: "The card's ICCID.") var sim: String?
    @Option(help: "ID@VERSION; without a version the newest one.") var plan: String?
    @Option(help: "The fleet the machine is invoiced with.") var fleet: String?
    @Option(help: "Who pays.") var customer: String?
    @Option(parsing: .unconditional, help: "Reserved Mbit/s, of --line or of the machine.") var reserved: String?
    @Option(help: "What happened that a charge waits for, such as sla_breach.") var event: String?
    @Option(help: "Ends from --from on: gateway, line, sim, plan, fleet, customer, gbr or flag.") var end: [String] = []

    func run() throws {
        try told {
            let start = try date(from, "--from")
            let stop = try to.map { try date($0, "--to") }
            if let stop, stop <= start { throw ValidationError("--to \(stop.text) is not after --from \(start.text)") }
            try checkNames()
            let ledger = try options.open().ledger
            let wanted = try wanted(ledger)
            guard !wanted.isEmpty else { throw ValidationError("say what is assigned: --gateway, --plan, --fleet …") }
            let before = try ledger.assignments()
            let known = AssignmentBook(before)
            try checkEnds(wanted, known, start)
            var said: [Assignment] = []
            for (kind, item, value) in wanted {
                said.append(Assignment(subject: subject, kind: kind, item: item, value: value, starts: start.text))
                guard let stop, value != nil else { continue }
                // Behind the end holds what held there before.
                let isSaid = before.contains {
                    $0.subject == subject && $0.kind == kind && $0.item == item && $0.starts == stop.text
                }
                guard !isSaid else { continue }
                let after = known.value(subject, kind, item: item, on: stop)
                said.append(
                    Assignment(subject: subject, kind: kind, item: item, value: after, starts: stop.text))
            }
            let book = AssignmentBook(before + said)
            if let contested = book.contested() ?? book.contestedCards(of: subject) {
                throw DeskFault(contested, Exit.refused)
            }
            try ledger.assign(said, at: WallClock.now())
        }
    }

    private func checkNames() throws {
        let names: [(String, String?)] = [
            ("the machine's or fleet's name", subject), ("--gateway", gateway), ("--line", line), ("--sim", sim),
            ("--fleet", fleet), ("--event", event),
        ]
        if let (option, _) = names.first(where: { $0.1?.isEmpty ?? false }) {
            throw ValidationError("\(option) is empty: say what it is, or --end to end what was assigned")
        }
        if end.contains("flag"), event == nil { throw ValidationError("--end flag needs --event: which one ends") }
    }

    /// Only what there is can end.
    private func checkEnds(
        _ wanted: [(kind: Assignment.Kind, item: String, value: String?)], _ known: AssignmentBook, _ start: LocalDate
    ) throws(DeskFault) {
        for (kind, item, value) in wanted where value == nil {
            let spans = known.spans(subject, kind, item: item)
            guard !spans.contains(where: { $0.to.map { start < $0 } ?? true }) else { continue }
            throw DeskFault(
                "\(subject) has no \(kind.rawValue)\(item.isEmpty ? "" : " '\(item)'") that could end on \(start.text): see "
                    + "'fieldbill assignments \(subject)'", Exit.nothing)
        }
    }

    private func wanted(
        _ ledger: any BillingLedger
    ) throws -> [(kind: Assignment.Kind, item: String, value: String?)] {
        var wanted: [(kind: Assignment.Kind, item: String, value: String?)] = []
        if let gateway { wanted.append((.gateway, "", gateway)) }
        if let line, sim == nil, reserved == nil { wanted.append((.line, line, "on")) }
        if let sim { wanted.append((.sim, line ?? subject, sim)) }
        if let plan { wanted.append((.plan, "", try version(of: plan, ledger))) }
        if let fleet {
            guard fleet != subject else { throw ValidationError("a fleet cannot be in itself: name the machine first") }
            wanted.append((.fleet, "", fleet))
        }
        if let customer {
            guard try ledger.customers().contains(where: { $0.id == customer }) else {
                throw DeskFault(
                    "there is no customer '\(customer)': add it with 'fieldbill customer add \(customer) --name …'",
                    Exit.nothing)
            }
            wanted.append((.customer, "", customer))
        }
        if let reserved {
            guard Rational(decimal: reserved) != nil, !reserved.hasPrefix("-") else {
                throw ValidationError("--reserved '\(reserved)' is no number of Mbit/s such as 20 or 2.5")
            }
            wanted.append((.reserved, line ?? subject, reserved))
        }
        if let event { wanted.append((.event, event, "on")) }
        for kind in end {
            guard let kind = Assignment.Kind(rawValue: kind) else {
                let kinds = Assignment.Kind.allCases.map(\.rawValue).joined(separator: ", ")
                throw ValidationError("--end takes one of \(kinds)")
            }
            let item =
                switch kind {
                case .line, .sim, .reserved: line ?? subject
                case .event: event ?? ""
                default: ""
                }
            wanted.removeAll { $0.0 == kind && $0.1 == item }
            wanted.append((kind, item, nil))
        }
        return wanted
    }

    /// An assignment names a version: a newer one never changes it by itself.
    private func version(of plan: String, _ ledger: any BillingLedger) throws -> String {
        let found = try PlanShelf(ledger).plan(plan)
        return "\(found.plan)@\(found.version)"
    }

    private func date(_ text: String, _ option: String) throws -> LocalDate {
        guard let date = LocalDate(text) else {
            throw ValidationError("\(option) '\(text)' is no date such as 2026-10-01")
        }
        return date
    }
}

struct AssignmentsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "assignments", abstract: "Show who has what, and from when to when.")

    @OptionGroup var options: DeskOptions
    @Argument(help: "Only of this machine or fleet.") var subject: String?
    @Flag(help: "One JSON object a line.") var json = false

    func run() throws {
        try told {
            let book = AssignmentBook(try options.open().ledger.assignments())
            if let subject, !Assignment.Kind.allCases.contains(where: { book.subjects($0).contains(subject) }) {
                throw DeskFault(
                    "nothing is assigned to \(subject): 'fieldbill assignments' without a name shows all", Exit.nothing)
            }
            var table = TextTable()
            table.add(["of", "what", "name", "value", "from", "to"])
            for kind in Assignment.Kind.allCases {
                for owner in book.subjects(kind) where subject.map({ $0 == owner }) ?? true {
                    for item in book.items(owner, kind) {
                        for span in book.spans(owner, kind, item: item) {
                            if json { line(owner, kind, item, span) }
                            table.add([
                                owner, kind.rawValue, item, shown(kind, span.value), span.from.text,
                                span.to?.text ?? "",
                            ])
                        }
                    }
                }
            }
            if !json { printText(table.lines.joined(separator: "\n") + "\n") }
        }
    }

    private func shown(_ kind: Assignment.Kind, _ value: String) -> String {
        kind == .sim ? Masking.text(value) : value
    }

    private func line(_ owner: String, _ kind: Assignment.Kind, _ item: String, _ span: AssignmentBook.Span) {
        let value = JSONValue.members([
            "schema": .string("fg.assignment/1"), "of": .string(owner), "what": .string(kind.rawValue),
            "name": .string(item),
            "value": .string(shown(kind, span.value)), "from": .string(span.from.text), "to": .optional(span.to?.text),
        ])
        printText(value.compact + "\n")
    }
}
