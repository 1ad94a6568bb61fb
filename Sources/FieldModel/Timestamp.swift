/// A moment in UTC, in microseconds since 1970-01-01T00:00:00Z. Stamps only: durations are measured between `Instant`s.
public struct Timestamp: Hashable, Comparable, Sendable {
    public var microseconds: Int64

    public init(microseconds: Int64) {
        self.microseconds = microseconds
    }

    public static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.microseconds < right.microseconds
    }

    /// How far the wall clock may be trusted when the stamp was taken.
    public enum ClockQuality: UInt8, Sendable, CaseIterable {
        /// Disciplined now.
        case synced = 0
        /// Was disciplined since boot, runs on alone.
        case holdover = 1
        /// Never disciplined since boot: stamps order readings, and prove no more.
        case unsynced = 2

        public var name: String {
            switch self {
            case .synced: "synced"
            case .holdover: "holdover"
            case .unsynced: "unsynced"
            }
        }
    }
}

extension Timestamp {
    /// ISO 8601 in UTC with milliseconds, 24 characters for the years 0000–9999: `2026-11-20T08:00:00.123Z`.
    public var iso8601: String {
        String(unsafeUninitializedCapacity: 24) { bytes in
            write(to: bytes)
            return 24
        }
    }

    /// Writes the 24 characters of `iso8601` to the start of `bytes`.
    package func write(to bytes: UnsafeMutableBufferPointer<UInt8>) {
        let milliseconds = microseconds.flooredQuotient(by: 1000)
        let days = milliseconds.flooredQuotient(by: 86_400_000)
        let date = CivilDate(daysSinceEpoch: days)
        var rest = Int(milliseconds - days * 86_400_000)
        func put(_ value: Int, digits: Int, at start: Int) {
            var value = value
            for place in (start..<start + digits).reversed() {
                bytes[place] = UInt8(ascii: "0") + UInt8(value % 10)
                value /= 10
            }
        }
        put(Int(min(max(date.year, 0), 9999)), digits: 4, at: 0)
        put(date.month, digits: 2, at: 5)
        put(date.day, digits: 2, at: 8)
        put(rest / 3_600_000, digits: 2, at: 11)
        rest %= 3_600_000
        put(rest / 60_000, digits: 2, at: 14)
        rest %= 60_000
        put(rest / 1000, digits: 2, at: 17)
        put(rest % 1000, digits: 3, at: 20)
        for (place, mark) in [(4, "-"), (7, "-"), (10, "T"), (13, ":"), (16, ":"), (19, "."), (23, "Z")]
            as [(Int, Unicode.Scalar)]
        {
            bytes[place] = UInt8(ascii: mark)
        }
    }

    /// Parses RFC 3339: `2026-11-20T08:00:00Z`, a fraction of any length, `Z` or an offset such as `+08:00`.
    public init?(rfc3339 text: some StringProtocol) {
        var scan = Digits(Array(text.utf8)[...])
        guard let year = scan.number(4), scan.take("-"), let month = scan.number(2), (1...12).contains(month),
            scan.take("-"), let day = scan.number(2), (1...CivilDate.length(month: month, year: year)).contains(day),
            scan.take("T") || scan.take("t") || scan.take(" "),
            let hour = scan.number(2), hour < 24, scan.take(":"), let minute = scan.number(2), minute < 60,
            scan.take(":"), let second = scan.number(2), second < 61,
            let fraction = scan.fractionOfSecond(), let offset = scan.offsetSeconds(), scan.isAtEnd
        else { return nil }
        let days = CivilDate(year: Int64(year), month: month, day: day).daysSinceEpoch
        let seconds = days * 86_400 + Int64(hour * 3600 + minute * 60 + second) - Int64(offset)
        self.init(microseconds: seconds * 1_000_000 + Int64(fraction))
    }
}

/// A cursor over the fixed fields of a time stamp.
private struct Digits {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) {
        rest = bytes
    }

    var isAtEnd: Bool { rest.isEmpty }

    mutating func take(_ mark: Unicode.Scalar) -> Bool {
        guard rest.first == UInt8(ascii: mark) else { return false }
        rest.removeFirst()
        return true
    }

    mutating func number(_ count: Int) -> Int? {
        guard rest.count >= count else { return nil }
        var value = 0
        for byte in rest.prefix(count) {
            guard (0x30...0x39).contains(byte) else { return nil }
            value = value * 10 + Int(byte - 0x30)
        }
        rest.removeFirst(count)
        return value
    }

    /// Microseconds; digits beyond the sixth are cut.
    mutating func fractionOfSecond() -> Int? {
        guard take(".") else { return 0 }
        var value = 0
        var digits = 0
        while let digit = number(1) {
            if digits < 6 { value = value * 10 + digit }
            digits += 1
        }
        guard digits > 0 else { return nil }
        for _ in min(digits, 6)..<6 { value *= 10 }
        return value
    }

    mutating func offsetSeconds() -> Int? {
        if take("Z") || take("z") { return 0 }
        let negative = take("-")
        guard negative || take("+"), let hours = number(2), hours < 24, take(":"), let minutes = number(2), minutes < 60
        else { return nil }
        return (hours * 3600 + minutes * 60) * (negative ? -1 : 1)
    }
}
