import FieldModel
import Signing
import UsageWire

/// The chains that a batch touches, with their gateways' keys.
struct ChainBook {
    struct Key: Hashable {
        var gateway: Int64
        var epoch: UInt32
    }

    struct Chain {
        var head: ChainHead
        fileprivate let isNew: Bool
        /// The lowest number that waits behind a hole.
        var firstHeld: UInt64?
        var isChanged = false
    }

    private let ledger: any BillingLedger
    private var gateways: [String: Int64] = [:]
    private(set) var chains: [Key: Chain] = [:]
    private var rings: [Int64: UsageKeyRing?] = [:]

    init(_ ledger: any BillingLedger) { self.ledger = ledger }

    /// A gateway is known from its first record on.
    mutating func number(of gateway: String) throws(StoreFault) -> Int64 {
        if let known = gateways[gateway] { return known }
        let number = try ledger.gatewayNumberOrNew(gateway)
        gateways[gateway] = number
        return number
    }

    mutating func chain(_ key: Key) throws(StoreFault) -> Chain {
        if let known = chains[key] { return known }
        let values: [SQLValue] = [.integer(key.gateway), .whole(key.epoch)]
        let stored = try ledger.first(
            "SELECT \(ChainHead.columns) FROM chain WHERE gw = ?1 AND epoch = ?2 LIMIT 1", values
        ) { ChainHead($0) }
        let held = try ledger.integer(
            "SELECT COALESCE(min(seq), 0) FROM held WHERE gw = ?1 AND epoch = ?2 LIMIT 1", values)
        let chain = Chain(
            head: stored ?? ChainHead(), isNew: stored == nil, firstHeld: held > 0 ? UInt64(held) : nil)
        chains[key] = chain
        return chain
    }

    mutating func keep(_ chain: Chain, _ key: Key) {
        chains[key] = chain
        chains[key]?.isChanged = true
    }

    mutating func judge(_ record: UsageRecord, isIntact: Bool, _ key: Key) throws(StoreFault) -> ChainHead.Verdict {
        var ring = try ring(of: key.gateway)
        let verdict = try chain(key).head.judge(record, isIntact: isIntact, ring: &ring)
        rings[key.gateway] = .some(ring)
        // What hands over to another key ends its own time there.
        if verdict == .next, let checkpoint = record.checkpoint, let next = checkpoint.nextKey, ring != nil {
            try ledger.replaceKey(checkpoint.keyID, by: next, of: key.gateway, at: record)
        }
        return verdict
    }

    func save() throws(StoreFault) {
        for (key, chain) in chains where chain.isChanged && (chain.head.sequence > 0 || chain.head.stop != nil) {
            let head = chain.head
            let values: [SQLValue] = [
                .integer(key.gateway), .whole(key.epoch), .text(head.genesis), .whole(head.sequence), .text(head.hash),
                .integer(head.closed.microseconds), .whole(head.open.from), .integer(head.open.up),
                .integer(head.open.down), .optional(head.stop), .whole(head.begins),
            ]
            try ledger.run(
                """
                INSERT INTO chain (gw, epoch, \(ChainHead.columns)) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
                ON CONFLICT (gw, epoch) DO UPDATE SET genesis = ?3, seq = ?4, h = ?5, closed = ?6, open_from = ?7,
                open_up = ?8, open_dn = ?9, stop = ?10, begins = ?11
                """, values)
        }
    }

    private mutating func ring(of gateway: Int64) throws(StoreFault) -> UsageKeyRing? {
        if let known = rings[gateway] { return known }
        let ring = try ledger.keyRing(of: gateway)
        rings[gateway] = .some(ring)
        return ring
    }
}

extension ChainHead {
    static let columns = "genesis, seq, h, closed, open_from, open_up, open_dn, stop, begins"

    /// From a row of `columns`, at `start`.
    init(_ row: any SQLRow, from start: Int = 0) {
        genesis = row.text(start)
        sequence = UInt64(row.integer(start + 1))
        hash = row.text(start + 2)
        closed = Timestamp(microseconds: row.integer(start + 3))
        open = Sums(
            from: UInt64(row.integer(start + 4)), up: row.integer(start + 5), down: row.integer(start + 6))
        stop = row.optionalText(start + 7)
        begins = UInt64(row.integer(start + 8))
    }
}
