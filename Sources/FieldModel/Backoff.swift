/// Exponential waiting times with jitter: `first`, then doubling up to `longest`, each drawn from its upper half.
public struct Backoff: Sendable {
    public let first: Duration
    public let longest: Duration
    private var exponent = 0

    public init(first: Duration, longest: Duration) {
        self.first = first
        self.longest = longest
    }

    /// The wait before the next attempt. `jitter`, 0..<1, spreads it from one half of the step to the whole of it.
    public mutating func next(jitter: Double) -> Duration {
        let step = min(first * (1 << min(exponent, 20)), longest)
        exponent += 1
        return step * (0.5 + jitter / 2)
    }

    public mutating func reset() {
        exponent = 0
    }
}
