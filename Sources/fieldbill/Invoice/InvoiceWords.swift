import Calendars

/// What every printed form says, in one language: the forms differ in layout only.
struct InvoiceWords {
    let document: InvoiceDocument
    let say: Catalogue

    init(_ document: InvoiceDocument, _ language: Language) {
        self.document = document
        say = Catalogue(language: language)
    }

    var title: String {
        switch document.kind {
        case .invoice: say(.invoice)
        case .credit: say(.creditNote)
        case .debit: say(.debitNote)
        case .draft: say(.draft)
        }
    }

    /// Label and value, in order.
    var head: [(String, String)] {
        var rows: [(String, String)] = []
        if !document.number.isEmpty { rows.append((say(.number), document.number)) }
        if let original = document.original { rows.append((say(.original), original)) }
        rows.append((say(.issued), document.issued))
        rows.append((say(.period), period))
        let subject = document.subject
        let name = subject.name.isEmpty || subject.name == subject.id ? subject.id : "\(subject.name) (\(subject.id))"
        rows.append((say(subject.kind == "fleet" ? .fleet : .machine), name))
        return rows
    }

    var period: String { say(.periodDays, document.period.first, document.period.last, document.period.zone) }

    func party(_ party: InvoiceDocument.Party) -> [String] {
        var lines = [party.name, party.address]
        if !party.taxID.isEmpty { lines.append("\(say(.taxID)): \(party.taxID)") }
        if !party.account.isEmpty { lines.append("\(say(.payTo)): \(party.account)") }
        return lines.filter { !$0.isEmpty }
    }

    func money(_ minor: Int64) -> String { MoneyText.text(minor, digits: document.minorDigits) }

    var columns: [String] { [say(.charge), say(.description), say(.quantity), say(.unitPrice), say(.amount)] }

    func cells(_ line: InvoiceDocument.Line) -> [String] {
        let quantity = line.quantity.isEmpty ? "" : [line.quantity, line.unit].joined(separator: " ")
        return [line.charge, description(line), quantity, line.price, money(line.amount)]
    }

    private func description(_ line: InvoiceDocument.Line) -> String {
        var words = [kind(line.kind)]
        if let first = line.first, let last = line.last { words[0] += " (\(first) – \(last))" }
        if !line.included.isEmpty { words.append(say(.included, line.included)) }
        if !line.carried.isEmpty { words.append(say(.carriedPart, line.carried)) }
        if !line.overage.isEmpty { words.append(say(.overage, line.overage)) }
        if let part = line.instalment {
            words.append(say(.instalment, String(part.number), String(part.of)))
            words.append(say(.interest, money(part.interest)))
            words.append(say(.balance, money(part.balance)))
        }
        if let before = line.before, let after = line.after { words.append(say(.change, money(before), money(after))) }
        return words.joined(separator: say(.listComma))
    }

    func plan(_ section: InvoiceDocument.Section) -> String { say(.plan, section.plan, String(section.version)) }

    /// The sums below the lines.
    var sums: [(String, String)] {
        var rows: [(String, String)] = []
        if document.net != document.gross || document.taxes.contains(where: { !$0.inclusive }) {
            rows.append((say(.net), money(document.net)))
        }
        for tax in document.taxes where !tax.inclusive {
            rows.append((say(.taxAdded, tax.rate, money(tax.base)), money(tax.amount)))
        }
        rows.append((say(.total), "\(document.currency) \(money(document.gross))"))
        for tax in document.taxes where tax.inclusive {
            rows.append((say(.taxIncluded, tax.rate, money(tax.base)), money(tax.amount)))
        }
        return rows
    }

    /// What a section says below its lines.
    func remarks(_ section: InvoiceDocument.Section) -> [String] {
        var lines: [String] = []
        if section.excludedSamples > 0 { lines.append(say(.excluded, String(section.excludedSamples))) }
        if section.estimated > 0 { lines.append(say(.estimated, String(section.estimated))) }
        if section.basis.allSatisfy({ $0.records == 0 }) { lines.append(say(.noRecords)) }
        if section.misplaced > 0 { lines.append(say(.misplaced, String(section.misplaced))) }
        for basis in section.basis where basis.notHeld > 0 {
            lines.append(say(.notHeld, String(basis.notHeld), basis.gateway, String(basis.epoch)))
        }
        return lines
    }

    func pool(_ pool: InvoiceDocument.Pool) -> String {
        var words = say(.pool, pool.id)
        if !pool.carryIn.isEmpty { words += ", " + say(.carryIn, pool.carryIn) }
        if !pool.carryOut.isEmpty { words += ", " + say(.carryOut, pool.carryOut) }
        return words
    }

    /// What the section's lines add up to.
    func subtotal(_ section: InvoiceDocument.Section) -> String { money(section.lines.reduce(0) { $0 + $1.amount }) }

    var basisColumns: [String] {
        [say(.gateway), say(.epoch), say(.records), say(.head), say(.gaps), say(.held)]
    }

    func cells(_ basis: InvoiceDocument.Basis) -> [String] {
        [
            basis.gateway, String(basis.epoch), "\(basis.first)–\(basis.last) (\(basis.records))",
            "\(basis.head) \(basis.hash.prefix(16))…", String(basis.gaps), String(basis.held),
        ]
    }

    var foot: [String] {
        var lines = [say(.currency, document.currency)]
        if let original = document.original { lines.append(say(.creditOf, original)) }
        if document.kind == .draft { lines.append(say(.draftNote)) }
        return lines
    }

    private func kind(_ kind: String) -> String { Term(rawValue: Self.kinds[kind] ?? "").map { say($0) } ?? kind }

    private static let kinds = [
        "one_off": "oneOff", "recurring": "recurring", "usage": "usage", "share": "share", "credit": "credit",
        "covered": "covered", "purchase": "purchase", "down": "downPayment", "instalment": "instalmentDue",
    ]
}
