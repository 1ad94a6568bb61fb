import FieldModel

/// Which of a modem's two counters is the way up. A pure value.
package struct CounterOrder: Hashable, Sendable {
    /// Less growth than this proves nothing.
    private static let leastGrowth: UInt64 = 100_000

    private struct Sample: Hashable, Sendable {
        var first: UInt64
        var second: UInt64
        var hostUp: UInt64
        var hostDown: UInt64
    }

    /// Nil while it is not known.
    package private(set) var order: ModemProfile.Counters.Order?
    private var begin: Sample?

    package init(_ order: ModemProfile.Counters.Order) {
        self.order = order == .calibrate ? nil : order
    }

    /// Counters in their order; nil while that is not known.
    package func counters(first: UInt64, second: UInt64) -> ModemCounters? {
        switch order {
        case .upDown: ModemCounters(up: first, down: second)
        case .downUp: ModemCounters(up: second, down: first)
        case .calibrate, nil: nil
        }
    }

    /// Compares growth with growth. Decides once one direction of the host has grown twice as much as the other, and
    /// the modem's counters agree that there is such a difference.
    package mutating func note(first: UInt64, second: UInt64, hostUp: UInt64, hostDown: UInt64) {
        guard order == nil else { return }
        let now = Sample(first: first, second: second, hostUp: hostUp, hostDown: hostDown)
        guard let begin, first >= begin.first, second >= begin.second, hostUp >= begin.hostUp,
            hostDown >= begin.hostDown
        else {
            // The first sample, or a counter began anew.
            self.begin = now
            return
        }
        let host = Self.leader(hostUp - begin.hostUp, hostDown - begin.hostDown)
        let modem = Self.leader(first - begin.first, second - begin.second)
        guard let host, let modem else { return }
        order = host == modem ? .upDown : .downUp
    }

    /// True when the first has grown clearly more, false when the second has, nil when neither.
    private static func leader(_ first: UInt64, _ second: UInt64) -> Bool? {
        guard max(first, second) >= leastGrowth else { return nil }
        if first / 2 > second { return true }
        if second / 2 > first { return false }
        return nil
    }
}
