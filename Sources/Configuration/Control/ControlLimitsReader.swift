import FieldModel

/// Reads `limits` of a controlled machine: timers within their ranges, and in their order (Docs/control-safety.md).
struct ControlLimitsReader {
    private let device: Section
    private let section: Section?
    private var place: Section { section ?? device }
    /// For the write of the safe state and a tick of the clock.
    private static let farewell = Duration.milliseconds(50)

    init(_ device: Section) {
        self.device = device
        section = device.section("limits")
    }

    /// For a machine that is not known: each value by itself.
    func read() -> SessionLimits {
        var limits = SessionLimits()
        guard let section else { return limits }
        defer { section.finish() }
        func read(_ key: String, _ path: WritableKeyPath<SessionLimits, Duration>, _ least: Int, _ most: Int) {
            if let value = section.duration(key, in: .milliseconds(least)...(.milliseconds(most))) {
                limits[keyPath: path] = value
            }
        }
        read("freshness", \.freshness, 50, 400)
        read("degrade_after", \.degradeAfter, 50, 300)
        read("stop_after", \.stopAfter, 100, 600)
        read("ramp", \.ramp, 0, 300)
        read("enable_hold", \.enableHold, 100, 2000)
        read("lease", \.lease, 500, 10_000)
        read("unused", \.unused, 10_000, 600_000)
        read("round_trip", \.roundTrip, 10, 250)
        read("video_age", \.videoAge, 100, 1000)
        read("confirm", \.confirm, 1000, 60_000)
        limits.echoes = section.integer("echoes", in: 10...500) ?? limits.echoes
        return limits
    }

    /// `transaction` is the longest that may be under way on the bus.
    func read(_ map: ControlMap, transaction: Duration) -> SessionLimits {
        var limits = read()
        limits.creep = map.creep
        checkOrder(limits)
        checkWatchdog(limits, map.watchdog.longest, transaction)
        return limits
    }

    private func checkOrder(_ limits: SessionLimits) {
        let (degrade, stop) = (limits.degradeAfter, limits.stopAfter)
        if degrade >= stop {
            reject(
                ["degrade_after", "stop_after"],
                "degrade_after, \(degrade.text), is not before stop_after, \(stop.text)", "let DEGRADED come first")
        } else if degrade + limits.ramp > stop {
            reject(
                ["ramp", "degrade_after", "stop_after"],
                "degrade_after, \(degrade.text), and ramp, \(limits.ramp.text), end after stop_after, \(stop.text)",
                "shorten the ramp: the safe state would cut it short with a jerk")
        }
        if limits.freshness > stop {
            reject(
                ["freshness", "stop_after"],
                "a frame of \(limits.freshness.text) would be fresh after stop_after, \(stop.text)",
                "let freshness be stop_after at most")
        }
        if limits.enableHold < limits.freshness {
            reject(
                ["enable_hold", "freshness"],
                "enable_hold, \(limits.enableHold.text), is shorter than freshness, \(limits.freshness.text)",
                "hold enable longer than a frame may be late: an edge from before a stop must not count after it")
        }
        if limits.roundTrip >= degrade {
            reject(
                ["round_trip", "degrade_after"],
                "armed with a round trip of \(limits.roundTrip.text), and degraded from \(degrade.text)",
                "let round_trip be below degrade_after")
        }
        if limits.lease <= stop {
            reject(
                ["lease", "stop_after"],
                "the lease, \(limits.lease.text), ends before stop_after, \(stop.text)", "let the stop come first")
        }
    }

    private func checkWatchdog(_ limits: SessionLimits, _ longest: Duration, _ transaction: Duration) {
        let needed = limits.stopAfter + transaction + Self.farewell
        guard needed >= longest else { return }
        reject(
            ["stop_after"],
            "the gateway needs up to \(needed.text) to the safe state (stop_after \(limits.stopAfter.text), a "
                + "transaction \(transaction.text), \(Self.farewell.text) to write it), and the machine's watchdog "
                + "may trip after \(longest.text)",
            "shorten stop_after or the timeout, or raise the profile's `watchdog: {at_most: …}` as far as the machine "
                + "allows")
    }

    /// At the first of these keys that is there.
    private func reject(_ keys: [String], _ message: String, _ remedy: String) {
        place.reject(section.flatMap { part in keys.first { part.has($0) } }, message, remedy: remedy)
    }
}
