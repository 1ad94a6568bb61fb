/// What the tester and the link emulator do to the modem.
extension Modem {
    package var hasSession: Bool { sessionIsUp }

    /// Data go through a link emulator, whose figures are the counters.
    package mutating func attachToLink() { traffic.endModel() }

    package mutating func follow(_ totals: TrafficCounters) {
        traffic.follow(totals, dead: world.deadDataCure != nil)
    }

    /// The network releases all sessions; the modem stays registered.
    package mutating func dropSessions() {
        loseSessions()
        settle()
    }

    /// As firmware does by itself: sessions end and begin at once, with other addresses.
    package mutating func renewSessions() {
        let active = contexts.filter(\.value.isActive).keys.sorted()
        loseSessions()
        for cid in active { _ = activate(cid) }
        settle()
    }

    /// A line on every port.
    package mutating func say(_ line: String) { announce(line) }

    /// The ports went away under the host: what was under way on them is over.
    package mutating func forgetPorts() {
        for place in ports.indices { ports[place] = PortState() }
    }
}
