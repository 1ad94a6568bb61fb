/// An invoice as one page of HTML that needs nothing else: for a browser, and for the printer of PDF.
struct HTMLInvoice {
    private let words: InvoiceWords
    private let language: Language

    init(_ document: InvoiceDocument, _ language: Language) {
        words = InvoiceWords(document, language)
        self.language = language
    }

    var text: String {
        let document = words.document
        let title = [words.title, document.number].filter { !$0.isEmpty }.joined(separator: " ")
        return """
            <!DOCTYPE html>
            <html lang="\(language.rawValue)">
            <head><meta charset="utf-8"><title>\(escaped(title))</title><style>\(Self.style)</style></head>
            <body>
            <h1>\(escaped(words.title))</h1>
            \(table("head", words.head.map { [$0.0, $0.1] }))
            <div class="parties">\(party(.seller, document.seller))\(party(.customer, document.customer))</div>
            \(list(.reasons, document.reasons))
            \(document.sections.map(section).joined(separator: "\n"))
            \(table("sums", words.sums.map { [$0.0, $0.1] }))
            \(words.foot.map { "<p class=\"foot\">\(escaped($0))</p>" }.joined(separator: "\n"))
            </body>
            </html>

            """
    }

    private func party(_ term: Term, _ party: InvoiceDocument.Party) -> String {
        let lines = words.party(party)
        guard !lines.isEmpty else { return "" }
        return "<div><h2>\(escaped(words.say(term)))</h2><p>\(lines.map(escaped).joined(separator: "<br>"))</p></div>"
    }

    private func section(_ section: InvoiceDocument.Section) -> String {
        var rows = section.lines.map(words.cells)
        if words.document.sections.count > 1 {
            rows.append(["", words.say(.subtotal), "", "", words.subtotal(section)])
        }
        var parts = ["<section><h2>\(escaped(section.subject)) · \(escaped(words.plan(section)))</h2>"]
        parts.append(table("lines", rows, head: words.columns))
        for pool in section.pools {
            parts.append("<h3>\(escaped(words.pool(pool)))</h3>")
            parts.append(table("pool", pool.shares.map { [$0.member, words.money($0.amount)] }))
        }
        if !section.identities.isEmpty {
            parts.append(paragraph("\(words.say(.identities)): \(section.identities.joined(separator: "; "))"))
        }
        parts += words.remarks(section).map(paragraph)
        if !section.basis.isEmpty {
            parts.append("<h3>\(escaped(words.say(.basis)))</h3>")
            parts.append(table("basis", section.basis.map(words.cells), head: words.basisColumns))
        }
        parts.append("<p class=\"hash\">\(escaped(words.say(.planHash))): \(escaped(section.planHash))</p></section>")
        return parts.joined(separator: "\n")
    }

    private func list(_ term: Term, _ lines: [String]) -> String {
        guard !lines.isEmpty else { return "" }
        let items = lines.map { "<li>\(escaped($0))</li>" }.joined()
        return "<h2>\(escaped(words.say(term)))</h2><ul>\(items)</ul>"
    }

    private func table(_ name: String, _ rows: [[String]], head: [String] = []) -> String {
        let cells = { (tag: String, row: [String]) in
            "<tr>" + row.map { "<\(tag)>\(self.escaped($0))</\(tag)>" }.joined() + "</tr>"
        }
        let top = head.isEmpty ? "" : "<thead>\(cells("th", head))</thead>"
        return
            "<table class=\"\(name)\">\(top)<tbody>\(rows.map { cells("td", $0) }.joined(separator: "\n"))</tbody></table>"
    }

    private func paragraph(_ text: String) -> String { "<p>\(escaped(text))</p>" }

    /// Names come from people: nothing of them may become markup.
    private func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
            .replacing("\"", with: "&quot;")
    }

    private static let style = """
        @page { size: A4; margin: 18mm 16mm }
        body { font: 10pt/1.45 "Noto Sans CJK SC", "Noto Sans", sans-serif; color: #111 }
        h1 { font-size: 18pt; margin: 0 0 8pt } h2 { font-size: 11pt; margin: 12pt 0 4pt } h3 { font-size: 9pt; margin: 8pt 0 2pt }
        p { margin: 3pt 0 } ul { margin: 2pt 0 }
        table { border-collapse: collapse } td, th { text-align: left; padding: 2pt 10pt 2pt 0; vertical-align: top }
        .head td:first-child { color: #555 } .parties { display: flex; gap: 24mm }
        .lines { width: 100% } .lines th { border-bottom: 1px solid #111 } .lines td { border-bottom: 1px solid #ddd }
        .lines th:nth-child(n+3), .lines td:nth-child(n+3), .pool td:last-child { text-align: right; padding-right: 0; padding-left: 10pt; font-variant-numeric: tabular-nums }
        .sums { margin: 12pt 0 8pt auto } .sums td { text-align: right } .sums td:first-child { color: #555 }
        .basis, .pool, .hash { font-size: 8pt } .hash { word-break: break-all; color: #555 } .foot { color: #555 }
        section { break-inside: auto } tr { break-inside: avoid }
        """
}
