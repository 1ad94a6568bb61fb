import FieldModel
import Link
import PathProbe
import Platform

/// One path as the link's thread watches it: probes, counters, and the rate its shaper should have.
final class PathWatch {
    /// How often the rate is thought about.
    private static let look = Duration.milliseconds(100)
    /// Above this share of its shaper a path counts as loaded.
    private static let loadedShare = 0.4
    /// Silence that is longer than any round trip: what was sent stands in a queue.
    private static let longestRoundTrip = Duration.milliseconds(700)

    let settings: PathSettings
    private(set) var monitor: PathMonitor
    private(set) var controller: RateController?
    private(set) var counters = InterfaceCounters.Counters(receivedBytes: 0, sentBytes: 0)
    /// Why the last probe could not be sent.
    private(set) var problem: String?
    private var probers: [any Prober] = []
    private var sequence: UInt16 = 0
    private var nextProbe: Instant
    private var lastLook: (at: Instant, sent: UInt64)?
    private var lastAnswer: Instant?
    private var isLoaded = false

    init(_ settings: PathSettings, loop: EventLoop, at now: Instant) {
        self.settings = settings
        monitor = PathMonitor(settings.patience)
        controller = settings.rate.map(RateController.init)
        nextProbe = now
        probers = settings.targets.enumerated().map { index, target in
            Probers.make(target, device: settings.device, on: loop) { [unowned self] sequence, at in
                if monitor.answered(ProbeWindow.Key(target: index, sequence: sequence), at: at) != nil {
                    lastAnswer = at
                }
            }
        }
    }

    /// What a turn brought.
    struct News {
        var health: PathHealth?
        var rate: BitRate?
    }

    var deadline: Instant { nextProbe }

    func turn(at now: Instant, counters: InterfaceCounters.Counters?) -> News {
        if let counters {
            self.counters = counters
            monitor.received(counters.receivedBytes, at: now)
        }
        let rate = considerRate(at: now)
        if now >= nextProbe { probe(at: now) }
        return News(health: monitor.judge(at: now), rate: rate)
    }

    func close() {
        for prober in probers { prober.close() }
    }

    private func probe(at now: Instant) {
        nextProbe = now + (isLoaded ? settings.probeEveryLoaded : settings.probeEvery)
        guard !probers.isEmpty else { return }
        sequence &+= 1
        let target = Int(sequence) % probers.count
        // A probe that cannot even be sent is lost.
        monitor.sent(ProbeWindow.Key(target: target, sequence: sequence), at: now)
        do throws(ProbeFault) {
            try probers[target].send(sequence)
            problem = nil
        } catch {
            problem = error.description
        }
    }

    private func considerRate(at now: Instant) -> BitRate? {
        guard controller != nil else { return nil }
        guard let last = lastLook, counters.sentBytes >= last.sent else {
            lastLook = (now, counters.sentBytes)
            return nil
        }
        let over = last.at.duration(to: now)
        guard over >= Self.look else { return nil }
        let sent = Int64(counters.sentBytes - last.sent)
        noteLoad(sent, over, at: now)
        let delay = monitor.window.queueDelay(since: last.at)
        let isSilent = monitor.silence(at: now).map { $0 > Self.longestRoundTrip } ?? false
        guard delay != nil || isSilent, monitor.health != .dead else { return nil }
        lastLook = (now, counters.sentBytes)
        return controller?.consider(RateController.Sample(queueDelay: delay, sent: sent, over: over))
    }

    /// A path that begins to carry much is looked at closely at once.
    private func noteLoad(_ sent: Int64, _ over: Duration, at now: Instant) {
        let rate = Double(controller?.rate.bitsPerSecond ?? 0)
        let wasLoaded = isLoaded
        isLoaded = Double(sent) * 8 / over.inSeconds > rate * Self.loadedShare
        if isLoaded, !wasLoaded { nextProbe = min(nextProbe, now) }
    }
}
