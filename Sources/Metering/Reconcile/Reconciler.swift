import FieldModel

/// How far two counts of the same traffic may differ.
package struct Tolerance: Hashable, Sendable {
    package var share: Double
    package var least: Int64
    /// Above it, somebody must look.
    package var alarmShare: Double

    /// Of what no connection explains, in a window.
    package static let window = Tolerance(share: 0.001, least: 65_536, alarmShare: 0.005)
    /// Of a modem's own counters, in a session.
    package static let session = Tolerance(share: 0.005, least: 1 << 20, alarmShare: 0.005)

    package func verdict(_ difference: Int64, of whole: Int64, slack: Int64 = 0) -> ReconcileVerdict {
        let allowed = max(Int64(Double(whole.magnitude) * share), least) + slack
        guard difference.magnitude > UInt64(allowed) else { return .right }
        let alarming = max(Int64(Double(whole.magnitude) * alarmShare), least) + slack
        return difference.magnitude > UInt64(alarming) ? .alarm : .high
    }
}

package enum ReconcileVerdict: String, Sendable, CaseIterable, Comparable {
    case right, high, alarm

    package static func < (left: Self, right: Self) -> Bool {
        func rank(_ verdict: Self) -> Int { verdict == .right ? 0 : verdict == .high ? 1 : 2 }
        return rank(left) < rank(right)
    }
}

/// One minute of one path: the interface's side and the connections' side.
package struct ReconcileWindow: Hashable, Sendable {
    package struct Class: Hashable, Sendable {
        package var trafficClass: UInt16
        package var shaper: Int64
        package var connections: Int64
        /// How much more waits than at the window's beginning.
        package var backlog: Int64
        /// Packets that the shaper threw away.
        package var drops: UInt64
        package var unattributed: Int64
    }

    package var path: String
    package var from: Timestamp
    package var to: Timestamp
    package var interfaceUp: Int64
    package var interfaceDown: Int64
    package var connectionsUp: Int64
    package var connectionsDown: Int64
    /// After what waits, and without what the shaper threw away.
    package var unattributedUp: Int64
    package var unattributedDown: Int64
    /// Sent by connections and thrown away by the shaper, as far as not taken off them yet: never billed.
    package var dropped: Int64
    package var classes: [Class]
    /// What is in no connection's counters, by name; of what is unattributed it is the part that is known.
    package var named: [StrayTraffic: NamedBytes]
    package var verdict: ReconcileVerdict
}

/// Compares both sides of each path every minute. Σ + unattributed = interface holds by definition and proves nothing:
/// what is judged is how much is unattributed.
package struct Reconciler: Sendable {
    package static let length = Duration.seconds(60)
    /// Windows that are remembered for whoever asks.
    package static let remembered = 60

    private var begins: [String: PathStatement] = [:]
    package private(set) var windows: [ReconcileWindow] = []

    package init() {}

    /// The window that ends with this statement, where one does. The process's last window ends early.
    package mutating func take(_ statement: PathStatement, isLast: Bool = false) -> ReconcileWindow? {
        guard let begin = begins[statement.path], begin.generation == statement.generation else {
            begins[statement.path] = statement
            return nil
        }
        // A look is rarely there at the very second.
        let least = isLast ? .seconds(1) : Self.length * 0.98
        guard begin.at.mono.duration(to: statement.at.mono) >= least else { return nil }
        begins[statement.path] = statement
        let window = Self.window(from: begin, to: statement)
        windows.append(window)
        if windows.count > Self.remembered { windows.removeFirst() }
        return window
    }

    private static func window(from begin: PathStatement, to end: PathStatement) -> ReconcileWindow {
        let before = Dictionary(uniqueKeysWithValues: begin.classes.map { ($0.trafficClass, $0) })
        let classes = end.classes.map { after -> ReconcileWindow.Class in
            let start = before[after.trafficClass]
            let shaper = after.shaper - (start?.shaper ?? 0)
            let connections = after.connections - (start?.connections ?? 0)
            let backlog = after.backlog - (start?.backlog ?? 0)
            return ReconcileWindow.Class(
                trafficClass: after.trafficClass, shaper: shaper, connections: connections, backlog: backlog,
                drops: after.drops &- min(after.drops, start?.drops ?? 0), unattributed: shaper + backlog - connections)
        }
        let up = end.up - begin.up
        let down = end.down - begin.down
        let (connectionsUp, connectionsDown) = (
            end.connectionsUp - begin.connectionsUp, end.connectionsDown - begin.connectionsDown
        )
        var unattributedUp = up + classes.reduce(0) { $0 + $1.backlog } - connectionsUp
        var dropped: Int64 = 0
        for part in classes where part.unattributed < 0 {
            // The shaper says that it dropped, or it stood so long that it was taken off: a quota drops, too.
            let taken = (end.takenOff(part.trafficClass)) - (begin.takenOff(part.trafficClass))
            guard part.drops > 0 || taken > 0 else { continue }
            dropped -= part.unattributed
            unattributedUp -= part.unattributed
        }
        let unattributedDown = down - connectionsDown
        let seconds = max(1, begin.at.mono.duration(to: end.at.mono).inSeconds)
        let share = (begin.span + end.span).inSeconds / seconds
        let verdict = max(
            Tolerance.window.verdict(unattributedUp, of: up, slack: Int64(Double(up) * share)),
            Tolerance.window.verdict(unattributedDown, of: down, slack: Int64(Double(down) * share)))
        return ReconcileWindow(
            path: end.path, from: begin.at.utc, to: end.at.utc, interfaceUp: up, interfaceDown: down,
            connectionsUp: connectionsUp - dropped, connectionsDown: connectionsDown, unattributedUp: unattributedUp,
            unattributedDown: unattributedDown, dropped: dropped, classes: classes,
            named: named(from: begin, to: end), verdict: verdict)
    }

    private static func named(
        from begin: PathStatement, to end: PathStatement
    ) -> [StrayTraffic: NamedBytes] {
        var named: [StrayTraffic: NamedBytes] = [:]
        for (kind, after) in end.named {
            let before = begin.named[kind] ?? NamedBytes()
            let grown = NamedBytes(up: after.up - before.up, down: after.down - before.down)
            if grown != NamedBytes() { named[kind] = grown }
        }
        return named
    }
}
