/// Columns for a terminal or a printer of fixed width. A Chinese character takes two places.
struct TextTable {
    private var rows: [[String]] = []
    private let rightFrom: Int

    /// Columns from `rightFrom` on are set to the right.
    init(rightFrom: Int = .max) { self.rightFrom = rightFrom }

    var isEmpty: Bool { rows.isEmpty }

    mutating func add(_ cells: [String]) { rows.append(cells) }

    var lines: [String] {
        let count = rows.map(\.count).max() ?? 0
        let widths = (0..<count).map { column in
            rows.map { column < $0.count ? Self.width($0[column]) : 0 }.max() ?? 0
        }
        return rows.map { row in
            let cells = row.enumerated().map { column, text in
                let space = String(repeating: " ", count: widths[column] - Self.width(text))
                return column >= rightFrom ? space + text : text + space
            }
            return Self.trimmed(cells.joined(separator: "  "))
        }
    }

    /// Places it takes (East Asian wide characters take two).
    static func width(_ text: String) -> Int {
        text.unicodeScalars.reduce(0) { $0 + (isWide($1.value) ? 2 : 1) }
    }

    private static func isWide(_ code: UInt32) -> Bool {
        switch code {
        case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
            0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x20000...0x3FFFD:
            true
        default: false
        }
    }

    private static func trimmed(_ line: String) -> String {
        var line = line[...]
        while line.last == " " { line.removeLast() }
        return String(line)
    }
}
