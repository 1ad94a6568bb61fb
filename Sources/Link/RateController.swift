import FieldModel

/// Keeps a path's shaper just below what the radio carries, so that the queue stands here, sorted, and not in the modem.
///
/// It learns of the radio's rate only by what its own traffic does. While the shaper is the narrowest place, round trips
/// stay at their floor. When they grow, the modem has a queue, and its growth says what the radio carried:
/// what was sent in a time `T` needs `T + growth` to be carried.
package struct RateController: Sendable {
    /// What one look at the path found.
    package struct Sample: Hashable, Sendable {
        /// Least delay above the floor in the time looked at; nil when no probe was answered.
        package var queueDelay: Duration?
        /// Bytes that left the shaper in that time.
        package var sent: Int64
        package var over: Duration

        package init(queueDelay: Duration?, sent: Int64, over: Duration) {
            self.queueDelay = queueDelay
            self.sent = sent
            self.over = over
        }
    }

    /// A queue so short is noise, whatever the radio.
    private static let calm = Duration.milliseconds(3)
    /// Below this share of the shaper's rate a queue is not of its making.
    private static let loadedShare = 0.5
    /// A queue in the modem is to be gone after this time.
    private static let drain = 0.3
    /// The share of the estimated capacity that is used.
    private static let margin = 0.96
    /// Growth in a second while nothing queues, of the rate; it doubles with every calm second up to the largest.
    private static let growth = (least: 0.02, most: 0.16)

    /// Unsteadiness is forgotten within a minute or two of quiet.
    private static let fading = 0.995

    private let settings: RateSettings
    package private(set) var rate: BitRate
    /// What the shaper should go back to when the modem's queue has gone.
    private var target: BitRate
    private var lastDelay = Duration.zero
    private var pace = growth.least
    private var isDraining = false
    /// The largest of the least delays while nothing queues, fading, in seconds: the radio's own unsteadiness.
    private var noise = 0.0

    package init(_ settings: RateSettings) {
        self.settings = settings
        rate = settings.start
        target = settings.start
    }

    /// The new rate when it is another.
    package mutating func consider(_ sample: Sample) -> BitRate? {
        let seconds = max(0.001, sample.over.inSeconds)
        let throughput = BitRate(bitsPerSecond: Int64(Double(sample.sent) * 8 / seconds))
        let before = rate
        if let delay = sample.queueDelay {
            adjust(delay, throughput, seconds)
            lastDelay = delay
        } else if throughput > rate * Self.loadedShare {
            // Much was sent and nothing came back: the queue is longer than the probes' patience.
            target = clamp(target * 0.7)
            (rate, isDraining, pace) = (clamp(target * 0.5), true, Self.growth.least)
        }
        return rate == before ? nil : rate
    }

    private mutating func adjust(_ delay: Duration, _ throughput: BitRate, _ seconds: Double) {
        guard isDraining || throughput > rate * Self.loadedShare else {
            noise = max(noise * Self.fading, min(delay.inSeconds, 0.05))
            return
        }
        if delay > max(Self.calm, .seconds(noise * 1.2)) {
            shrink(delay, throughput, seconds)
        } else if isDraining {
            (isDraining, rate) = (false, target)
        } else if throughput > rate * 0.85 {
            grow(seconds)
        }
    }

    private mutating func shrink(_ delay: Duration, _ throughput: BitRate, _ seconds: Double) {
        let growth = (delay - lastDelay).inSeconds
        if growth > 0 {
            let capacity = throughput * (seconds / (seconds + growth))
            target = clamp(min(target, capacity) * Self.margin)
        }
        // What stands in the modem already is taken off for as long as it is to drain.
        let relief = max(0.3, 1 - delay.inSeconds / Self.drain)
        (rate, isDraining, pace) = (clamp(target * relief), true, Self.growth.least)
    }

    private mutating func grow(_ seconds: Double) {
        target = clamp(target * (1 + pace * seconds))
        rate = target
        pace = min(Self.growth.most, pace * (1 + seconds))
    }

    private func clamp(_ rate: BitRate) -> BitRate { min(max(rate, settings.least), settings.most) }
}
