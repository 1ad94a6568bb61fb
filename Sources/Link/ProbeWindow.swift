import FieldModel

/// The latest probes of one path and what became of them.
package struct ProbeWindow: Sendable {
    /// One probe: which target, and a number that goes round.
    package struct Key: Hashable, Sendable {
        package var target: Int
        package var sequence: UInt16

        package init(target: Int, sequence: UInt16) {
            self.target = target
            self.sequence = sequence
        }
    }

    private struct Probe {
        var key: Key
        var sentAt: Instant
        var answeredAt: Instant?

        var roundTrip: Duration? { answeredAt.map { sentAt.duration(to: $0) } }
    }

    private static let length = 128
    /// A probe younger than this is not yet lost.
    private static let patience = Duration.seconds(1)

    private var probes: [Probe] = []
    private var next = 0
    private var floors: [Int: RoundTripFloor] = [:]

    package init() {}

    package mutating func sent(_ key: Key, at now: Instant) {
        let probe = Probe(key: key, sentAt: now)
        if probes.count < Self.length {
            probes.append(probe)
        } else {
            probes[next] = probe
        }
        next = (next + 1) % Self.length
    }

    package mutating func answered(_ key: Key, at now: Instant) -> Duration? {
        guard let place = probes.lastIndex(where: { $0.key == key && $0.answeredAt == nil }) else { return nil }
        let roundTrip = probes[place].sentAt.duration(to: now)
        probes[place].answeredAt = now
        floors[key.target, default: RoundTripFloor()].note(roundTrip, at: now)
        return roundTrip
    }

    /// The share, 0…1, of the probes sent since `start` that were lost.
    package func loss(since start: Instant, at now: Instant) -> Double {
        let due = probes.filter { $0.sentAt >= start && isDue($0, at: now) }
        guard !due.isEmpty else { return 0 }
        return Double(due.count { $0.answeredAt == nil }) / Double(due.count)
    }

    /// The share lost of all that are remembered and due.
    package func loss(at now: Instant) -> Double { loss(since: Instant(nanoseconds: .min), at: now) }

    /// The median of the answers that came since `start`.
    package func roundTrip(since start: Instant) -> Duration? {
        let latest = answered(since: start).compactMap(\.roundTrip).sorted()
        return latest.isEmpty ? nil : latest[latest.count / 2]
    }

    /// How much longer than the shortest known a packet takes now: the least delay of the answers that came since `start`,
    /// above the floor of their targets. The least, because jitter only ever adds. Nil without an answer.
    package func queueDelay(since start: Instant) -> Duration? {
        answered(since: start)
            .compactMap { probe in
                guard let roundTrip = probe.roundTrip, let floor = floors[probe.key.target]?.value else { return nil }
                return max(.zero, roundTrip - floor)
            }
            .min()
    }

    private func answered(since start: Instant) -> [Probe] {
        probes.filter { probe in probe.answeredAt.map { $0 >= start } ?? false }
    }

    private func isDue(_ probe: Probe, at now: Instant) -> Bool {
        probe.answeredAt != nil || probe.sentAt.duration(to: now) >= Self.patience
    }
}

/// The shortest round trip of the last two minutes: what the way takes when no queue stands in it.
struct RoundTripFloor: Sendable {
    private static let span = Duration.seconds(10)
    private static let spans = 12

    private var minima: [Duration] = []
    private var current: (start: Instant, least: Duration)?

    var value: Duration? { ((current.map { [$0.least] } ?? []) + minima).min() }

    mutating func note(_ roundTrip: Duration, at now: Instant) {
        guard let open = current else {
            current = (now, roundTrip)
            return
        }
        if open.start.duration(to: now) < Self.span {
            current = (open.start, min(open.least, roundTrip))
        } else {
            minima.append(open.least)
            if minima.count > Self.spans { minima.removeFirst() }
            current = (now, roundTrip)
        }
    }
}
