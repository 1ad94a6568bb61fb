/// Durations as people write them.
package enum Nanoseconds {
    /// Nanoseconds of a text such as 300ms, 1.5s or 2m.
    package static func parse(_ word: String) throws(ControlFault) -> Int64 {
        let units: [(String, Double)] = [("us", 1e3), ("ms", 1e6), ("s", 1e9), ("m", 6e10), ("h", 3.6e12)]
        for (unit, nanoseconds) in units where word.hasSuffix(unit) {
            guard let number = Double(word.dropLast(unit.count)), (0...1e6).contains(number) else { continue }
            return Int64(number * nanoseconds)
        }
        throw ControlFault("'\(word)' is not a duration; accepted: a number and us, ms, s, m or h, such as 300ms")
    }

    /// Takes `for 10s` off the end of a command's words; nil where it is not there.
    package static func takeLasting(_ words: inout [String]) throws(ControlFault) -> Int64? {
        guard let place = words.firstIndex(of: "for") else { return nil }
        guard words.count == place + 2 else { throw ControlFault("after 'for' comes a duration, such as 10s") }
        defer { words.removeSubrange(place...) }
        return try parse(words[place + 1])
    }
}
