import SimulatorKit

/// What the modem has carried, in bytes.
package struct TrafficCounters: Equatable, Sendable {
    package var up: UInt64 = 0
    package var down: UInt64 = 0

    package init(up: UInt64 = 0, down: UInt64 = 0) { (self.up, self.down) = (up, down) }
}

/// The counters' source: the link emulator's figures where there is one, else a seeded model.
package struct Traffic: Equatable, Sendable {
    package private(set) var counters = TrafficCounters()
    /// What the emulator said last.
    private var seen: TrafficCounters?
    private var isModelled = true

    package init() {}

    /// Counts nothing from now on but what the emulator says.
    mutating func endModel() { isModelled = false }

    /// The emulator's totals; those of an emulator that began anew start from nothing.
    package mutating func follow(_ totals: TrafficCounters, dead: Bool) {
        if let seen {
            counters.up += totals.up >= seen.up ? totals.up - seen.up : totals.up
            if !dead { counters.down += totals.down >= seen.down ? totals.down - seen.down : totals.down }
        }
        seen = totals
    }

    /// A vehicle that sends 20 kB/s and receives 5 kB/s, more or less.
    package mutating func model(_ seconds: Double, dead: Bool, _ random: inout Randomness) {
        guard isModelled else { return }
        counters.up += UInt64(20_000 * seconds * (0.5 + random.unit()))
        if !dead { counters.down += UInt64(5_000 * seconds * (0.5 + random.unit())) }
    }

    package mutating func reset() { counters = TrafficCounters() }
}
