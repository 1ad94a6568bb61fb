/// Reads a POSIX TZ text, with the wider hours of RFC 9636: `NST3:30NDT,M3.2.0,M11.1.0`.
enum ZoneText {
    static func rule(_ text: String) -> YearlyRule? {
        var scan = Scan(rest: Array(text.utf8)[...])
        guard scan.name(), let west = scan.time(limit: 24) else { return nil }
        let standard = -west
        if scan.rest.isEmpty { return YearlyRule(standard: standard) }
        guard scan.name() else { return nil }
        var summer = standard + 3600
        if scan.rest.first != UInt8(ascii: ",") {
            guard let west = scan.time(limit: 24) else { return nil }
            summer = -west
        }
        guard let begin = scan.change(), let end = scan.change(), scan.rest.isEmpty else { return nil }
        return YearlyRule(standard: standard, summer: (summer, begin, end))
    }

    private struct Scan {
        var rest: ArraySlice<UInt8>

        mutating func take(_ character: Unicode.Scalar) -> Bool {
            guard rest.first == UInt8(ascii: character) else { return false }
            rest.removeFirst()
            return true
        }

        /// `CET`, or `<+0330>`.
        mutating func name() -> Bool {
            if take("<") {
                guard let end = rest.firstIndex(of: UInt8(ascii: ">")) else { return false }
                rest = rest[(end + 1)...]
                return true
            }
            let letters = rest.prefix { (0x41...0x5A).contains($0 & 0xDF) }
            rest.removeFirst(letters.count)
            return letters.count >= 3
        }

        mutating func number(_ range: ClosedRange<Int>) -> Int? {
            let digits = rest.prefix { (0x30...0x39).contains($0) }
            guard (1...3).contains(digits.count) else { return nil }
            rest.removeFirst(digits.count)
            let value = digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
            return range.contains(value) ? value : nil
        }

        /// `[+-]hh[:mm[:ss]]` in seconds.
        mutating func time(limit: Int) -> Int? {
            let isNegative = take("-")
            if !isNegative { _ = take("+") }
            guard let hours = number(0...limit) else { return nil }
            var seconds = hours * 3600
            for scale in [60, 1] where take(":") {
                guard let part = number(0...59) else { return nil }
                seconds += part * scale
            }
            return isNegative ? -seconds : seconds
        }

        /// `,M3.2.0/2`, `,J60`, `,59/-1`.
        mutating func change() -> YearlyRule.Change? {
            guard take(","), let day = day() else { return nil }
            guard take("/") else { return YearlyRule.Change(day: day, time: 7200) }
            return time(limit: 167).map { YearlyRule.Change(day: day, time: $0) }
        }

        private mutating func day() -> YearlyRule.Day? {
            if take("J") { return number(1...365).map { .julian($0) } }
            guard take("M") else { return number(0...365).map { .ofYear($0) } }
            guard let month = number(1...12), take("."), let week = number(1...5), take("."),
                let weekday = number(0...6)
            else { return nil }
            return .weekday(month: month, week: week, weekday: weekday)
        }
    }
}
