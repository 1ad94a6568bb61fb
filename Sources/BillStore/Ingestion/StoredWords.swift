/// Texts that come again and again are kept once, under a number.
struct StoredWords {
    private let ledger: any BillingLedger
    private var numbers: [String: Int64] = [:]

    init(_ ledger: any BillingLedger) { self.ledger = ledger }

    /// Call within a writing transaction.
    mutating func number(of text: String?) throws(StoreFault) -> Int64? {
        guard let text else { return nil }
        if let known = numbers[text] { return known }
        let found = try find(text)
        let number = if let found { found } else { try add(text) }
        numbers[text] = number
        return number
    }

    private func find(_ text: String) throws(StoreFault) -> Int64? {
        try ledger.first("SELECT id FROM word WHERE text = ?1 LIMIT 1", [.text(Self.storable(text))]) { $0.integer(0) }
    }

    private func add(_ text: String) throws(StoreFault) -> Int64 {
        let number = try ledger.integer("SELECT COALESCE(max(id), 0) + 1 FROM word LIMIT 1")
        try ledger.run("INSERT INTO word (id, text) VALUES (?1, ?2)", [.integer(number), .text(Self.storable(text))])
        return number
    }

    /// PostgreSQL's texts hold no zero character.
    static func storable(_ text: String) -> String {
        text.utf8.contains(0) ? text.replacing("\0", with: "\u{FFFD}") : text
    }
}
