/// An invoice for a terminal or a mail.
struct TextInvoice {
    private let words: InvoiceWords

    init(_ document: InvoiceDocument, _ language: Language) {
        words = InvoiceWords(document, language)
    }

    var text: String {
        let document = words.document
        var lines = [words.title, ""]
        var head = TextTable()
        for (label, value) in words.head { head.add([label, value]) }
        lines += head.lines + [""]
        lines += block(words.say(.seller), words.party(document.seller))
        lines += block(words.say(.customer), words.party(document.customer))
        lines += block(words.say(.reasons), document.reasons)
        for section in document.sections { lines += self.section(section) }
        var sums = TextTable(rightFrom: 1)
        for (label, value) in words.sums { sums.add([label, value]) }
        lines += sums.lines + [""] + words.foot
        return lines.joined(separator: "\n") + "\n"
    }

    private func block(_ title: String, _ lines: [String]) -> [String] {
        lines.isEmpty ? [] : ["\(title):"] + lines.map { "  \($0)" } + [""]
    }

    private func section(_ section: InvoiceDocument.Section) -> [String] {
        let document = words.document
        var lines = ["── \(section.subject) · \(words.plan(section))", ""]
        var table = TextTable(rightFrom: 2)
        table.add(words.columns)
        for line in section.lines { table.add(words.cells(line)) }
        if document.sections.count > 1 { table.add(["", words.say(.subtotal), "", "", words.subtotal(section)]) }
        lines += indented(table.lines) + [""]
        for pool in section.pools {
            var shares = TextTable(rightFrom: 1)
            for share in pool.shares { shares.add([share.member, words.money(share.amount)]) }
            lines += ["  \(words.pool(pool))"] + indented(indented(shares.lines)) + [""]
        }
        if !section.identities.isEmpty {
            lines += ["  \(words.say(.identities)): \(section.identities.joined(separator: "; "))"]
        }
        lines += indented(words.remarks(section))
        if !section.basis.isEmpty {
            var basis = TextTable()
            basis.add(words.basisColumns)
            for one in section.basis { basis.add(words.cells(one)) }
            lines += ["  \(words.say(.basis)):"] + indented(indented(basis.lines))
        }
        return lines + ["  \(words.say(.planHash)): \(section.planHash)", ""]
    }

    private func indented(_ lines: [String]) -> [String] { lines.map { $0.isEmpty ? "" : "  \($0)" } }
}
