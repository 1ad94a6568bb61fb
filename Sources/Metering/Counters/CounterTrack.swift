import FieldModel

/// What went wrong with a counter between two readings of it.
package enum CounterFault: Hashable, Sendable {
    /// It has 32 bits, and began again at 0: what it counted is known all the same.
    case wrapped
    /// It began anew: what it counted since the reading before is not known.
    case restarted
    /// It is smaller than before, and too large to have begun anew.
    case decreased(by: UInt64)
    /// It grew more than the link carries.
    case jumped(UInt64)
    /// Sent and received were exchanged.
    case swapped

    package var name: String {
        switch self {
        case .wrapped: "counter_wrapped"
        case .restarted: "counter_restarted"
        case .decreased: "counter_decreased"
        case .jumped: "counter_jumped"
        case .swapped: "counter_swapped"
        }
    }

    /// Nothing is missing on account of it.
    package var isHarmless: Bool { self == .wrapped || self == .swapped }
}

/// How far a counter can grow in a time.
package struct LinkLimit: Hashable, Sendable {
    /// Readings are not taken at the very moment they are stamped with.
    private static let slack: UInt64 = 1 << 20

    /// Nil believes everything.
    package var rate: BitRate?

    package init(_ rate: BitRate?) { self.rate = rate }

    package func most(in time: Duration) -> UInt64 {
        guard let rate else { return .max }
        let bytes = Double(rate.bitsPerSecond) / 8 * max(0, time.inSeconds) * 1.25
        return UInt64(clamping: Int64(clamping: Int(min(bytes, 9e15)))) + Self.slack
    }
}

/// A counter of the kernel or of a modem, read now and then: how far it grew, never less than nothing.
package struct CounterTrack: Hashable, Sendable {
    package private(set) var last: UInt64?
    private var read: Instant?

    package init(last: UInt64? = nil, at: Instant? = nil) {
        self.last = last
        read = at
    }

    /// The first reading grows by nothing: it is where counting begins.
    package mutating func grow(
        to value: UInt64, at now: Instant, limit: LinkLimit
    ) -> (growth: UInt64, fault: CounterFault?) {
        defer { (last, read) = (value, now) }
        guard let last else { return (0, nil) }
        let most = read.map { limit.most(in: $0.duration(to: now)) } ?? .max
        if value >= last {
            let growth = value - last
            return growth <= most ? (growth, nil) : (0, .jumped(growth))
        }
        let wrapped = value + (1 << 32) - min(last, 1 << 32)
        if last < 1 << 32, last > 3 << 30, wrapped <= min(most, 1 << 31) { return (wrapped, .wrapped) }
        // Beginning anew, it counted what it shows.
        return value <= min(most, last / 2) ? (value, .restarted) : (0, .decreased(by: last - value))
    }

    /// Forgets what it was: the next reading is the first.
    package mutating func forget() { self = CounterTrack() }
}

/// Sent and received of one place.
package struct CounterPair: Hashable, Sendable {
    private var up = CounterTrack()
    private var down = CounterTrack()

    package init() {}

    package struct Growth: Hashable, Sendable {
        package var up: UInt64 = 0
        package var down: UInt64 = 0
        package var faults: [CounterFault] = []
    }

    /// Where both fit the other's last reading and one does not fit its own, they were exchanged: they are taken the
    /// other way round then, and so on.
    package mutating func grow(up first: UInt64, down second: UInt64, at now: Instant, limit: LinkLimit) -> Growth {
        var trial = self
        let straight = trial.take(first, second, at: now, limit)
        if straight.faults.contains(where: { !$0.isHarmless }) {
            var other = self
            var crossed = other.take(second, first, at: now, limit)
            if crossed.faults.isEmpty {
                self = other
                isSwapped.toggle()
                crossed.faults = [.swapped]
                return crossed
            }
        }
        self = trial
        return straight
    }

    /// Whether what is given first is the way down by now.
    package private(set) var isSwapped = false

    private mutating func take(_ up: UInt64, _ down: UInt64, at now: Instant, _ limit: LinkLimit) -> Growth {
        let (up, down) = isSwapped ? (down, up) : (up, down)
        let first = self.up.grow(to: up, at: now, limit: limit)
        let second = self.down.grow(to: down, at: now, limit: limit)
        return Growth(up: first.growth, down: second.growth, faults: [first.fault, second.fault].compactMap { $0 })
    }
}
