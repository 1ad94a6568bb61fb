import SimulatorKit

/// When the radio is interrupted: a function of seed and time only, so that both directions of a path agree.
struct GapSchedule: Equatable, Sendable {
    let pattern: GapPattern
    let seed: UInt64

    /// The end of the gap that covers `time`, nil when the radio is open then.
    func end(covering time: Int64) -> Int64? {
        guard pattern.every > 0, time > 0 else { return nil }
        let number = time / pattern.every
        for candidate in max(1, number - 1)...max(1, number + 1) {
            let gap = gap(candidate)
            if gap.start <= time, time < gap.end { return gap.end }
        }
        return nil
    }

    /// The n-th gap begins within a tenth of the period about n periods.
    private func gap(_ number: Int64) -> (start: Int64, end: Int64) {
        var random = Randomness(seed: seed &+ UInt64(bitPattern: number) &* 0x9E37_79B9_7F4A_7C15)
        let shift = Int64(Double(pattern.every) / 10 * random.signed())
        let start = number * pattern.every + shift
        return (start, start + Self.length(pattern, &random))
    }

    static func length(_ pattern: GapPattern, _ random: inout Randomness) -> Int64 {
        pattern.shortest + Int64(Double(pattern.longest - pattern.shortest) * random.unit())
    }
}
