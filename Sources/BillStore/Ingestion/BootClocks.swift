/// How far the wall clock stood ahead of the boot clock, by boot: from the first record of it whose clock was right.
struct BootClocks {
    private struct Boot: Hashable {
        var gateway: Int64
        var boot: Int64
    }

    private let ledger: any BillingLedger
    private var known: [Boot: Int64?] = [:]

    init(_ ledger: any BillingLedger) { self.ledger = ledger }

    mutating func ahead(_ gateway: Int64, _ boot: Int64) throws(StoreFault) -> Int64? {
        let key = Boot(gateway: gateway, boot: boot)
        if let known = known[key] { return known }
        let found = try ledger.first(
            "SELECT ahead FROM boot WHERE gw = ?1 AND boot = ?2 LIMIT 1", [.integer(gateway), .integer(boot)]
        ) { $0.integer(0) }
        known[key] = .some(found)
        return found
    }

    /// True when records of this boot may be waiting for it.
    mutating func set(_ gateway: Int64, _ boot: Int64, ahead: Int64) throws(StoreFault) -> Bool {
        known[Boot(gateway: gateway, boot: boot)] = .some(ahead)
        return try ledger.run(
            "INSERT INTO boot (gw, boot, ahead) VALUES (?1, ?2, ?3) ON CONFLICT (gw, boot) DO NOTHING",
            [.integer(gateway), .integer(boot), .integer(ahead)]) > 0
    }

    /// Puts those where they belong that counted when they were received. Corrections of them follow their targets only
    /// when they come later: they are rare, and the next one says so.
    func correctUnplaced(_ gateway: Int64, _ boot: Int64) throws(StoreFault) {
        try ledger.run(
            """
            UPDATE usage SET doubt = 'corrected', at = mono - (t_close - t_open) +
            (SELECT ahead FROM boot WHERE boot.gw = usage.gw AND boot.boot = usage.boot)
            WHERE gw = ?1 AND boot = ?2 AND doubt = 'unplaced' AND t_close >= t_open
            """, [.integer(gateway), .integer(boot)])
    }
}
