import SimulatorKit

/// An uplink rate that wanders between two limits; the gateway is not told.
package struct CapacityWalk: Sendable {
    package struct Plan: Equatable, Sendable {
        package var seed: UInt64 = 1
        /// Bits a second.
        package var lowest: Int64
        package var highest: Int64
        package var every: Int64

        package init(seed: UInt64, lowest: Int64, highest: Int64, every: Int64) {
            (self.seed, self.lowest, self.highest, self.every) = (seed, lowest, highest, every)
        }
    }

    package let plan: Plan
    private var random: Randomness
    private var rate: Double

    /// It begins in the middle.
    package init(_ plan: Plan) {
        (self.plan, random) = (plan, Randomness(seed: plan.seed))
        rate = Double(plan.lowest + plan.highest) / 2
    }

    /// The next rate: a fifth of the range up or down at most, turned back at the limits.
    package mutating func next() -> Int64 {
        let (low, high) = (Double(plan.lowest), Double(plan.highest))
        rate += (high - low) / 5 * random.signed()
        if rate < low { rate = 2 * low - rate }
        if rate > high { rate = 2 * high - rate }
        return Int64(rate)
    }
}
