import SimulatorKit

/// Rates, sizes and shares as people write them.
package enum Quantity {
    /// Bits a second of 12M, 500k, 1.5Mbit/s or 800000; nil for unlimited.
    package static func rate(_ word: String) throws(ControlFault) -> Int64? {
        if word == "unlimited" { return nil }
        let number = word.hasSuffix("bit/s") ? String(word.dropLast(5)) : word
        guard let rate = scaled(number, [("k", 1e3), ("M", 1e6), ("G", 1e9)]), (1000...1e12).contains(rate) else {
            throw ControlFault(
                "'\(word)' is not a rate; accepted: bit/s from 1k, such as 12M, 800k or 1.5Mbit/s, or unlimited")
        }
        return Int64(rate)
    }

    package static func bytes(_ word: String) throws(ControlFault) -> Int {
        let number = word.hasSuffix("B") ? String(word.dropLast()) : word
        guard let bytes = scaled(number, [("k", 1e3), ("M", 1e6)]), (2000...1e9).contains(bytes) else {
            throw ControlFault("'\(word)' is not a size; accepted: bytes from 2000 to 1000M, such as 500k or 1.5MB")
        }
        return Int(bytes)
    }

    /// From 0 to 1.
    package static func share(_ word: String) throws(ControlFault) -> Double {
        guard word.hasSuffix("%"), let percent = Double(word.dropLast()), (0...100).contains(percent) else {
            throw ControlFault("'\(word)' is not a share; accepted: 0% to 100%, such as 0.5%")
        }
        return percent / 100
    }

    /// One duration, or two with a hyphen.
    static func durations(_ word: String) throws(ControlFault) -> (Int64, Int64) {
        let parts = word.split(separator: "-").map(String.init)
        guard (1...2).contains(parts.count) else {
            throw ControlFault("'\(word)' is no length; accepted: 100ms, or 50ms-150ms")
        }
        let (first, last) = (try Nanoseconds.parse(parts[0]), try Nanoseconds.parse(parts[parts.count - 1]))
        guard first <= last else { throw ControlFault("'\(word)': the shorter comes first, as in 50ms-150ms") }
        return (first, last)
    }

    private static func scaled(_ word: String, _ units: [(String, Double)]) -> Double? {
        for (unit, factor) in units where word.hasSuffix(unit) {
            return Double(word.dropLast(unit.count)).map { $0 * factor }
        }
        return Double(word)
    }
}
