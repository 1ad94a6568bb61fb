import FieldModel

/// One data session by the host's count and by the modem's.
package struct SessionStatement: Hashable, Sendable {
    package var path: String
    package var session: UInt32
    package var since: Timestamp
    package var until: Timestamp
    package var hostUp: Int64
    package var hostDown: Int64
    package var modemUp: UInt64
    package var modemDown: UInt64
    /// What happened to the modem's counters meanwhile, by name.
    package var faults: [String]
    package var isOver: Bool
    package var verdict: ReconcileVerdict
}

/// Compares a modem's counters with the interface, session by session. They reconcile, they never rule: chipsets differ
/// in their order, they begin anew with each session, and an answer that is no number is no zero.
package struct SessionReconciler: Sendable {
    private let path: String
    private let limit: LinkLimit
    private var current: SessionStatement?
    private var counters = CounterPair()
    private var host: (up: Int64, down: Int64, generation: Int)?
    /// What passed between the last two answers: a modem that counts late, or is asked late, may lack as much.
    private var slack: (up: Int64, down: Int64) = (0, 0)
    package private(set) var last: SessionStatement?

    package init(path: String, limit: LinkLimit) {
        self.path = path
        self.limit = limit
    }

    package var statement: SessionStatement? { current }

    /// A report of the modem, and how the path stands. `counters` is nil where it gave none.
    package mutating func take(
        session: UInt32?, counters: ModemCounters?, _ statement: PathStatement
    ) -> SessionStatement? {
        var ended: SessionStatement?
        if let open = current, open.session != session {
            ended = judged(open, isOver: true)
            last = ended
            current = nil
        }
        guard let session else { return ended }
        if current == nil { begin(session, statement) }
        guard let counters else { return ended }
        // The first answer of a session is where counting begins, on both sides.
        let growth = self.counters.grow(
            up: counters.up, down: counters.down, at: statement.at.mono, limit: limit)
        let isFirst = host == nil || host?.generation != statement.generation
        if let host, !isFirst {
            slack = (statement.up - host.up, statement.down - host.down)
            current?.hostUp += slack.up
            current?.hostDown += slack.down
            current?.modemUp += growth.up
            current?.modemDown += growth.down
        }
        current?.faults += growth.faults.map(\.name)
        host = (statement.up, statement.down, statement.generation)
        current?.until = statement.at.utc
        current = current.map { judged($0, isOver: false) }
        return ended
    }

    private mutating func begin(_ session: UInt32, _ statement: PathStatement) {
        counters = CounterPair()
        host = nil
        slack = (0, 0)
        current = SessionStatement(
            path: path, session: session, since: statement.at.utc, until: statement.at.utc, hostUp: 0, hostDown: 0,
            modemUp: 0, modemDown: 0, faults: [], isOver: false, verdict: .right)
    }

    private func judged(_ statement: SessionStatement, isOver: Bool) -> SessionStatement {
        var judged = statement
        judged.isOver = isOver
        let tolerance = Tolerance.session
        judged.verdict = max(
            tolerance.verdict(
                Int64(clamping: statement.modemUp) - statement.hostUp, of: statement.hostUp, slack: slack.up),
            tolerance.verdict(
                Int64(clamping: statement.modemDown) - statement.hostDown, of: statement.hostDown, slack: slack.down))
        return judged
    }
}
