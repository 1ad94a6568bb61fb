import FieldModel

/// The newest rows of one stream, in order: what the live path reads, so that it never reads back what it just wrote.
struct RowTail {
    private var rows: [SpoolRow] = []
    private var head = 0
    private(set) var bytes = 0

    var first: UInt64? { head < rows.count ? rows[head].identity.sequence : nil }

    mutating func append(_ row: SpoolRow) {
        rows.append(row)
        bytes += row.body.count
    }

    mutating func removeFirst() {
        bytes -= rows[head].body.count
        rows[head].body = []
        head += 1
        if head * 2 > rows.count {
            rows.removeFirst(head)
            head = 0
        }
    }

    mutating func remove(through sequence: UInt64) {
        while let first, first <= sequence { removeFirst() }
    }

    /// At most `limit` rows above `sequence`.
    func rows(after sequence: UInt64, limit: Int) -> [SpoolRow] {
        var low = head
        var high = rows.count
        while low < high {
            let middle = (low + high) / 2
            if rows[middle].identity.sequence <= sequence { low = middle + 1 } else { high = middle }
        }
        return Array(rows[low..<min(rows.count, low + limit)])
    }
}
