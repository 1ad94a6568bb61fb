import FieldModel

/// What rating reads of a record.
package struct BookedUsage: Hashable, Sendable {
    /// When it counts.
    package var at: Timestamp
    package var trafficClass: UInt16
    /// Words by number: see `UsageWords`.
    package var group: Int64?
    package var path: Int64?
    package var card: Int64?
    package var connection: Int64?
    package var up: Int64
    package var down: Int64
    package var messages: Int64
    package var isEstimated: Bool
    package var isUnplaced: Bool
    package var epoch: UInt32
    package var sequence: UInt64
}

/// A recorded gap.
package struct UsageGap: Hashable, Sendable {
    package var from: Timestamp
    package var to: Timestamp
    package var path: Int64?
    package var card: Int64?
    package var epoch: UInt32
}

/// Where a gateway's chain stands.
package struct ChainState: Hashable, Sendable {
    package var gateway: String
    package var epoch: UInt32
    package var head: ChainHead
    /// Records that wait behind holes.
    package var held: Int64
    /// The first hundred holes, in order: nothing behind the first one is accepted yet.
    package var missing: [ClosedRange<UInt64>]

    package init(gateway: String, epoch: UInt32, head: ChainHead, held: Int64, missing: [ClosedRange<UInt64>]) {
        self.gateway = gateway
        self.epoch = epoch
        self.head = head
        self.held = held
        self.missing = missing
    }

    /// What has to be sent: holes, and the record in whose place a bad one came.
    package var wanted: [ClosedRange<UInt64>] {
        let next = head.sequence + 1
        return head.stop == nil || missing.first?.contains(next) == true ? missing : [next...next] + missing
    }
}

extension BillingLedger {
    package func gateways() throws(StoreFault) -> [String] {
        try all("SELECT name FROM gateway ORDER BY name") { $0.text(0) }
    }

    package func words() throws(StoreFault) -> [Int64: String] {
        var words: [Int64: String] = [:]
        try each("SELECT id, text FROM word", []) { row throws(StoreFault) in words[row.integer(0)] = row.text(1) }
        return words
    }

    /// The counted records of a gateway that belong into [from, to), one after another.
    package func usage(
        of gateway: String, from: Timestamp, to: Timestamp, _ body: (BookedUsage) throws(StoreFault) -> Void
    ) throws(StoreFault) {
        guard let number = try gatewayNumber(gateway) else { return }
        try each(
            """
            SELECT at, class, rg, path, iccid, connection, up, dn, msgs, estimated, doubt, epoch, seq FROM usage
            WHERE gw = ?1 AND at >= ?2 AND at < ?3 AND counted = 1
            """, [.integer(number), .integer(from.microseconds), .integer(to.microseconds)]
        ) { row throws(StoreFault) in
            try body(
                BookedUsage(
                    at: Timestamp(microseconds: row.integer(0)),
                    trafficClass: UInt16(truncatingIfNeeded: row.integer(1)),
                    group: row.optionalInteger(2), path: row.optionalInteger(3), card: row.optionalInteger(4),
                    connection: row.optionalInteger(5), up: row.integer(6), down: row.integer(7),
                    messages: row.integer(8), isEstimated: row.integer(9) == 1,
                    isUnplaced: !row.isNull(10) && row.text(10) == RecordTime.Doubt.unplaced.rawValue,
                    epoch: UInt32(truncatingIfNeeded: row.integer(11)), sequence: UInt64(row.integer(12))))
        }
    }

    /// Recorded gaps that touch [from, to).
    package func gaps(of gateway: String, from: Timestamp, to: Timestamp) throws(StoreFault) -> [UsageGap] {
        guard let number = try gatewayNumber(gateway) else { return [] }
        return try all(
            """
            SELECT t_open, t_close, path, iccid, epoch FROM usage
            WHERE gw = ?1 AND kind = 'gap' AND t_open < ?3 AND t_close > ?2
            """, [.integer(number), .integer(from.microseconds), .integer(to.microseconds)]
        ) { row in
            UsageGap(
                from: Timestamp(microseconds: row.integer(0)), to: Timestamp(microseconds: row.integer(1)),
                path: row.optionalInteger(2), card: row.optionalInteger(3),
                epoch: UInt32(truncatingIfNeeded: row.integer(4)))
        }
    }

    /// Every chain, by gateway and epoch; also of gateways of which records only wait.
    package func chains(of gateway: String? = nil) throws(StoreFault) -> [ChainState] {
        let columns = ChainHead.columns.split(separator: ", ").map { "c.\($0)" }.joined(separator: ", ")
        var states = try all(
            """
            SELECT g.name, k.epoch, k.held, c.gw, \(columns)
            FROM (SELECT gw, epoch, CAST(sum(held) AS BIGINT) AS held FROM
            (SELECT gw, epoch, 0 AS held FROM chain UNION ALL
            SELECT gw, epoch, count(*) FROM held GROUP BY gw, epoch) AS parts GROUP BY gw, epoch) AS k
            JOIN gateway g ON g.id = k.gw LEFT JOIN chain c ON c.gw = k.gw AND c.epoch = k.epoch
            \(gateway == nil ? "" : "WHERE g.name = ?1") ORDER BY g.name, k.epoch
            """, gateway.map { [.text($0)] } ?? []
        ) { row in
            ChainState(
                gateway: row.text(0), epoch: UInt32(truncatingIfNeeded: row.integer(1)),
                head: row.isNull(3) ? ChainHead() : ChainHead(row, from: 4), held: row.integer(2), missing: [])
        }
        for index in states.indices where states[index].held > 0 {
            states[index].missing = try holes(of: states[index])
        }
        return states
    }

    private func holes(of chain: ChainState) throws(StoreFault) -> [ClosedRange<UInt64>] {
        guard let number = try gatewayNumber(chain.gateway) else { return [] }
        return try all(
            """
            SELECT before, seq FROM (SELECT seq, LAG(seq, 1, ?3) OVER (ORDER BY seq) AS before FROM held
            WHERE gw = ?1 AND epoch = ?2) AS waiting WHERE seq > before + 1 ORDER BY seq LIMIT 100
            """, [.integer(number), .whole(chain.epoch), .whole(chain.head.sequence)]
        ) { UInt64($0.integer(0)) + 1...UInt64($0.integer(1)) - 1 }
    }

    /// The sealed records of a chain, in order, as they were sealed.
    package func sealed(
        of gateway: String, epoch: UInt32, from: UInt64 = 1, _ body: (String) throws(StoreFault) -> Void
    ) throws(StoreFault) {
        guard let number = try gatewayNumber(gateway) else { return }
        try each(
            "SELECT body FROM sealed WHERE gw = ?1 AND epoch = ?2 AND seq >= ?3 ORDER BY seq",
            [.integer(number), .whole(epoch), .whole(from)]
        ) { row throws(StoreFault) in try body(row.text(0)) }
    }
}
