import FieldModel

/// How a path stands at a look: what its interface and shaper sent, and what connections explain, since counting began.
package struct PathStatement: Hashable, Sendable {
    package struct Class: Hashable, Sendable {
        package var trafficClass: UInt16
        /// IP bytes by the shaper.
        package var shaper: Int64
        /// By connections, with what was thrown away behind them.
        package var connections: Int64
        /// Of that, what was taken off them again.
        package var takenOff: Int64
        package var backlog: Int64
        package var drops: UInt64
    }

    package var path: String
    package var at: Moment
    /// IP bytes by the interface, the link layer's headers taken off.
    package var up: Int64
    package var down: Int64
    package var connectionsUp: Int64
    package var connectionsDown: Int64
    /// Empty where the path has no shaper.
    package var classes: [Class]
    /// What is in no connection's counters, by name.
    package var named: [StrayTraffic: NamedBytes]
    /// How far the readings may be apart.
    package var span: Duration
    /// Counting began anew: nothing before can be compared.
    package var generation: Int
}

/// Bytes without the link's headers.
package struct NamedBytes: Hashable, Sendable {
    package var up: Int64
    package var down: Int64

    package init(up: Int64 = 0, down: Int64 = 0) { (self.up, self.down) = (up, down) }
}

extension PathStatement {
    func takenOff(_ trafficClass: UInt16) -> Int64 {
        classes.first { $0.trafficClass == trafficClass }?.takenOff ?? 0
    }
}

extension Meter {
    /// Nil before the path was read.
    package func statement(of path: String) -> PathStatement? {
        let whole = BalanceKey(path: path, trafficClass: BalanceKey.whole)
        let down = BalanceKey(path: path, trafficClass: BalanceKey.whole, isDown: true)
        guard let up = balances[whole], let received = balances[down] else { return nil }
        let classes = (shaped[path] ?? []).sorted().compactMap { trafficClass -> PathStatement.Class? in
            balances[BalanceKey(path: path, trafficClass: trafficClass)].map {
                PathStatement.Class(
                    trafficClass: trafficClass, shaper: $0.truth, connections: $0.explained + $0.takenOffInAll,
                    takenOff: $0.takenOffInAll, backlog: $0.backlog,
                    drops: $0.drops)
            }
        }
        return PathStatement(
            path: path, at: Moment(mono: now.mono, utc: wall.name(now.mono), clock: wall.quality), up: up.truth,
            down: received.truth,
            connectionsUp: classes.isEmpty ? up.explained : classes.reduce(0) { $0 + $1.connections },
            connectionsDown: received.explained, classes: classes,
            named: (strays[path]?.all ?? [:]).mapValues {
                NamedBytes(up: Int64(clamping: $0.up), down: Int64(clamping: $0.down))
            }, span: spans[path] ?? .zero,
            generation: generations[path] ?? 0)
    }
}
