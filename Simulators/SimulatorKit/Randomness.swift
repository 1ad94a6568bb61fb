/// A stream of numbers that is the same on every run for one seed (SplitMix64; Steele, Lea, Flood, OOPSLA 2014).
package struct Randomness: RandomNumberGenerator, Sendable {
    private var state: UInt64

    package init(seed: UInt64) { state = seed }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// Uniform in 0..<1.
    package mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }

    /// Uniform in -1...1.
    package mutating func signed() -> Double { 2 * unit() - 1 }

    /// Mean 0, standard deviation 1: twelve uniform draws, minus six (no tails beyond six, which suits a machine).
    package mutating func normal() -> Double {
        var sum = -6.0
        for _ in 0..<12 { sum += unit() }
        return sum
    }

    /// Whether an event that comes `rate` times a second on average comes within `seconds`.
    package mutating func happens(rate: Double, within seconds: Double) -> Bool { unit() < rate * seconds }
}

/// A quantity that wanders about its mean (Ornstein–Uhlenbeck).
package struct Wander: Sendable, Equatable {
    package var value: Double
    package let mean: Double
    /// Standard deviation in the long run.
    package let spread: Double
    /// Seconds after which a deviation has fallen to a third.
    package let memory: Double

    package init(mean: Double, spread: Double, memory: Double) {
        (value, self.mean, self.spread, self.memory) = (mean, mean, spread, memory)
    }

    package mutating func step(_ seconds: Double, _ random: inout Randomness) {
        let decay = seconds / memory
        value += (mean - value) * decay + spread * (2 * decay).squareRoot() * random.normal()
    }
}

extension Double {
    /// Approaches `target` with a first-order lag of `lag` seconds.
    package mutating func follow(_ target: Double, lag: Double, _ seconds: Double) {
        self += (target - self) * Swift.min(1, seconds / lag)
    }

    /// Approaches `target` by at most `limit`.
    package mutating func move(to target: Double, atMost limit: Double) {
        self += Swift.min(limit, Swift.max(-limit, target - self))
    }

    package func clamped(to range: ClosedRange<Double>) -> Double {
        Swift.min(range.upperBound, Swift.max(range.lowerBound, self))
    }
}
