import FieldModel

/// Which rows are on their way to the platform, and what their acknowledgements settle.
///
/// Pure: the caller reads the rows, publishes them and settles the spool. The window is the only queue outside the
/// spool, and a new connection starts again from what is settled, so that nothing is lost and doubles are known.
package struct UplinkPump: Sendable {
    /// What an acknowledgement allows to be settled.
    package struct Settlement: Hashable, Sendable {
        package var stream: Stream
        package var through: UInt64
    }

    private struct Flight {
        var row: SpoolRow
        var acknowledged = false
    }

    private struct Lane {
        /// The highest number settled by this consumer.
        var settled: UInt64
        /// The highest number handed to the connection.
        var sent: UInt64
        /// Rows up to here were committed before this connection: what goes out of them is a replay.
        var replayedThrough: UInt64
        /// In order of number.
        var flights: [Flight] = []
    }

    private var lanes: [Stream: Lane] = [:]
    private var tokens: [Int32: RowIdentity] = [:]
    /// Rows that are sent once more because somebody asked.
    private var asides: Set<Int32> = []
    private var window = 0

    package init() {}

    /// Rows handed over and not yet acknowledged.
    package var inFlight: Int { tokens.count + asides.count }

    /// A connection stands. `cursors` say what is settled, `heads` what was committed before.
    package mutating func connected(window: Int, cursors: [Stream: UInt64], heads: [Stream: UInt64]) {
        self.window = window
        asides = []
        tokens.removeAll(keepingCapacity: true)
        lanes = [:]
        for stream in Stream.allCases {
            let settled = cursors[stream] ?? 0
            lanes[stream] = Lane(settled: settled, sent: settled, replayedThrough: heads[stream] ?? 0)
        }
    }

    package mutating func disconnected() {
        window = 0
        asides = []
        tokens.removeAll(keepingCapacity: true)
        for stream in lanes.keys { lanes[stream]?.flights = [] }
    }

    /// Where to read next in `stream`, and how many rows; nil while the window is full.
    package func room(in stream: Stream) -> (after: UInt64, limit: Int)? {
        // Rows acknowledged behind an older one that is not still count: nothing here may grow without limit.
        let free = window - asides.count - lanes.values.reduce(0) { $0 + $1.flights.count }
        guard free > 0, let lane = lanes[stream] else { return nil }
        return (lane.sent, free)
    }

    package func isReplay(_ identity: RowIdentity) -> Bool {
        lanes[identity.stream].map { identity.sequence <= $0.replayedThrough } ?? false
    }

    /// The row was handed to the connection under `token`.
    package mutating func sent(_ row: SpoolRow, token: Int32) {
        tokens[token] = row.identity
        lanes[row.identity.stream]?.sent = row.identity.sequence
        lanes[row.identity.stream]?.flights.append(Flight(row: row))
    }

    /// A row of before was handed over once more: it takes a place in the window, and settles nothing.
    package mutating func sentAside(token: Int32) { asides.insert(token) }

    /// True for the acknowledgement of such a row.
    package mutating func acknowledgedAside(token: Int32) -> Bool { asides.remove(token) != nil }

    /// Places for rows that were asked for: half of what is free, so that new ones are not held up.
    package var roomAside: Int { room(in: .usage).map { $0.limit / 2 } ?? 0 }

    /// A row that cannot be published at all: it counts as acknowledged, and its place in the order is kept.
    package mutating func skipped(_ row: SpoolRow) -> Settlement? {
        lanes[row.identity.stream]?.sent = row.identity.sequence
        lanes[row.identity.stream]?.flights.append(Flight(row: row, acknowledged: true))
        return settle(row.identity.stream)
    }

    /// The row under `token`, for a token of this connection.
    package func row(token: Int32) -> SpoolRow? {
        guard let identity = tokens[token] else { return nil }
        return lanes[identity.stream]?.flights.first { $0.row.identity == identity }?.row
    }

    /// An acknowledgement: what it settles, which is nothing while an older row is still out.
    package mutating func acknowledged(token: Int32) -> Settlement? {
        guard let identity = tokens.removeValue(forKey: token),
            let place = lanes[identity.stream]?.flights.firstIndex(where: { $0.row.identity == identity })
        else { return nil }
        lanes[identity.stream]?.flights[place].acknowledged = true
        return settle(identity.stream)
    }

    private mutating func settle(_ stream: Stream) -> Settlement? {
        guard let flights = lanes[stream]?.flights else { return nil }
        let done = flights.prefix { $0.acknowledged }
        guard let last = done.last else { return nil }
        lanes[stream]?.flights.removeFirst(done.count)
        lanes[stream]?.settled = last.row.identity.sequence
        return Settlement(stream: stream, through: last.row.identity.sequence)
    }
}
