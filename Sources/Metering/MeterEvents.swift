import FieldModel

/// One look at everything: sockets first, then each path, then every live connection, as close together as can be.
package struct MeterRound: Sendable {
    package var sockets: [SocketReading]
    package var paths: [PathReading]
    /// Every live connection; nil where they could not be had.
    package var flows: [Flow]?
    /// Everything the kernel told before the connections were read was handed over.
    package var isDrained: Bool

    package init(sockets: [SocketReading] = [], paths: [PathReading], flows: [Flow]?, isDrained: Bool = true) {
        self.sockets = sockets
        self.paths = paths
        self.flows = flows
        self.isDrained = isDrained
    }
}

/// Publishes that the platform acknowledged, each row of the spool once.
package struct MessageCount: Hashable, Sendable {
    package var messages: UInt64
    package var bytes: UInt64
    package var retries: UInt64
    /// How far it counts: the settled number of each stream. Counting goes on from there after a crash.
    package var through: [String: UInt64]

    package init(messages: UInt64 = 0, bytes: UInt64 = 0, retries: UInt64 = 0, through: [String: UInt64] = [:]) {
        self.messages = messages
        self.bytes = bytes
        self.retries = retries
        self.through = through
    }
}

package enum MeterEvent: Sendable {
    case flows([FlowEvent])
    case round(MeterRound)
    /// What the modem of a path says of its subscription.
    case subscription(path: String, UsageSubscription)
    case path(String, isUp: Bool)
    case messages(MessageCount)
    case boundaries([UsageBoundary])
    case groups(RatingGroups)
    /// Why the kernel's counters are not exact now; empty when they are.
    case doubts([String])
    /// Committed records, newest first, as `lookBack` asked for them.
    case recorded([UsageEntry])
    /// The gateway ends: everything is cut. Give a round before, so that it is cut where it stands.
    case stop
}

package enum MeterAction: Hashable, Sendable {
    /// All together, or none.
    case append([UsageDraft])
    /// Kept outside the chain, for the time after a power cut.
    case keep([LiveTotals], forgetting: [UsageConnection])
    /// A round is wanted at once: something is cut where it stands now.
    case look
    /// Committed records are wanted, when all that were appended are: some must be corrected.
    case lookBack
    case alarm(MeterAlarm)
}

/// Something for people, said once for each time it happens.
package struct MeterAlarm: Hashable, Sendable {
    package var name: String
    package var path: String?
    package var detail: String

    package init(_ name: String, path: String? = nil, _ detail: String) {
        self.name = name
        self.path = path
        self.detail = detail
    }
}
