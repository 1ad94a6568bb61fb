import Glibc
import SimulatorKit

/// What becomes of one packet.
package enum Fate: Equatable, Sendable {
    /// There is no session: the modem does not take it.
    case noSession
    /// Swallowed by a path that is silently dead.
    case dead
    /// It came during an outage or a hand-over that drops.
    case outage
    /// Lost on the air, after its time in the queue.
    case lost
    /// The queue was full.
    case queueFull
    case passes(Passage)
}

/// The way of a packet that arrives.
package struct Passage: Equatable, Sendable {
    /// When it has left the modem's queue.
    package var leaves: Int64
    /// When it comes out at the other end.
    package var release: Int64
    /// It comes twice.
    package var isDuplicated: Bool
    /// Later ones may overtake it.
    package var isLate: Bool
}

/// One direction of a radio path as a value: the same seed and the same packets at the same times have the same fates.
///
/// Times are nanoseconds since the link began and never go back. Every packet takes the same number of draws from each
/// of its random streams, so that a setting changes only what it is about.
package struct LinkModel: Sendable {
    package let direction: Direction
    package internal(set) var settings: LaneSettings
    package internal(set) var hasSession = true
    /// By command; a profile can be dead as well.
    var isSilenced = false

    let timeScale: Double
    var handovers: GapSchedule
    var outages: GapSchedule
    var gapRandom: Randomness
    var queue = ByteQueue()
    /// The transmitter is busy until then.
    var busyUntil: Int64 = 0
    /// Nothing leaves the queue before.
    var heldUntil: Int64 = 0
    /// Nothing is taken before.
    var outageUntil: Int64 = 0

    private var burst = BurstLoss()
    private var lossRandom: Randomness
    private var delayRandom: Randomness
    private var copyRandom: Randomness
    private var lateRandom: Randomness
    private var lastRelease: Int64 = 0

    /// `timeScale` shortens what a script would: periods, and the length of outages.
    package init(_ direction: Direction, _ settings: LaneSettings, seed: UInt64, timeScale: Double = 1) {
        (self.direction, self.timeScale, self.settings) = (direction, timeScale, settings)
        var gaps = Randomness(seed: seed)
        handovers = GapSchedule(pattern: settings.handover, seed: gaps.next())
        outages = GapSchedule(pattern: settings.outages, seed: gaps.next())
        gapRandom = Randomness(seed: gaps.next())
        var streams = Randomness(seed: seed &+ (direction == .up ? 0x75 : 0x64))
        lossRandom = Randomness(seed: streams.next())
        delayRandom = Randomness(seed: streams.next())
        copyRandom = Randomness(seed: streams.next())
        lateRandom = Randomness(seed: streams.next())
        adopt(settings)
    }

    package var isDead: Bool { isSilenced || settings.isDead }

    /// Bytes in the queue.
    package mutating func queued(at now: Int64) -> Int {
        queue.advance(to: now)
        return queue.bytes
    }

    /// Decides about a packet of so many IP bytes.
    package mutating func admit(_ bytes: Int, at now: Int64) -> Fate {
        let isLost = burst.loses(share: settings.loss, burst: settings.burst, &lossRandom)
        let delay = drawDelay()
        let isDuplicated = copyRandom.unit() < settings.duplicate
        let isLate = lateRandom.unit() < settings.reorder
        guard hasSession else { return .noSession }
        if isDead { return .dead }
        if isOut(now) { return .outage }
        queue.advance(to: now)
        guard queue.bytes + bytes <= settings.queueBytes else { return .queueFull }
        let leaves = transmit(bytes, at: now)
        if isLost { return .lost }
        var release = leaves + delay
        if isLate {
            release += settings.reorderBy
        } else {
            release = max(release, lastRelease)
            lastRelease = release
        }
        return .passes(Passage(leaves: leaves, release: release, isDuplicated: isDuplicated, isLate: isLate))
    }

    /// Takes over settings; gap patterns in the time of the script.
    mutating func adopt(_ new: LaneSettings) {
        settings = new
        var scaled = new
        scaled.scaleScript(by: timeScale)
        handovers = GapSchedule(pattern: scaled.handover, seed: handovers.seed)
        outages = GapSchedule(pattern: scaled.outages, seed: outages.seed)
    }

    /// What was queued moves; later packets keep behind it.
    mutating func move(_ retiming: Retiming) {
        queue.retime(retiming)
        let before = busyUntil
        busyUntil = retiming.apply(busyUntil)
        lastRelease += busyUntil - before
    }

    /// Packets to come keep behind one that comes out then.
    mutating func keepOrder(behind release: Int64) { lastRelease = max(lastRelease, release) }

    private mutating func transmit(_ bytes: Int, at now: Int64) -> Int64 {
        let start = opening(from: max(now, busyUntil))
        busyUntil = start + (settings.rate.map { Int64(Double(bytes) * 8e9 / Double($0)) } ?? 0)
        if busyUntil > now { queue.append(bytes, leaves: busyUntil) }
        return busyUntil
    }

    private func isOut(_ now: Int64) -> Bool {
        if now < outageUntil { return true }
        if outages.pattern.drops, outages.end(covering: now) != nil { return true }
        return handovers.pattern.drops && handovers.end(covering: now) != nil
    }

    /// The first moment from `time` on at which the radio is open.
    private func opening(from time: Int64) -> Int64 {
        var time = max(time, heldUntil)
        for _ in 0..<4 {
            guard let end = handovers.end(covering: time) ?? outages.end(covering: time) else { break }
            time = end
        }
        return time
    }

    private mutating func drawDelay() -> Int64 {
        let draw = delayRandom.unit()
        let spread: Double
        switch settings.shape {
        case .uniform: spread = 2 * draw - 1
        case .normal:
            var random = Randomness(seed: UInt64(draw * 0x1p53))
            spread = random.normal()
        case .tail: spread = -log(1 - draw)
        }
        return max(0, settings.delay + Int64(Double(settings.jitter) * spread))
    }
}
