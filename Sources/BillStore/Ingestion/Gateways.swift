import Signing
import UsageWire

/// Gateways and the keys their checkpoints are signed with.
extension BillingLedger {
    func gatewayNumber(_ name: String) throws(StoreFault) -> Int64? {
        try first("SELECT id FROM gateway WHERE name = ?1 LIMIT 1", [.text(StoredWords.storable(name))]) {
            $0.integer(0)
        }
    }

    /// A gateway is known from its first record on, or from its key.
    func gatewayNumberOrNew(_ name: String) throws(StoreFault) -> Int64 {
        if let known = try gatewayNumber(name) { return known }
        let number = try integer("SELECT COALESCE(max(id), 0) + 1 FROM gateway LIMIT 1")
        try run(
            "INSERT INTO gateway (id, name) VALUES (?1, ?2)", [.integer(number), .text(StoredWords.storable(name))])
        return number
    }

    /// Nil where no key was given: signatures are not looked at then.
    func keyRing(of gateway: Int64, and other: VerifyingKey? = nil) throws(StoreFault) -> UsageKeyRing? {
        let rows = try all(
            "SELECT key, last_epoch, last_seq FROM gateway_key WHERE gw = ?1", [.integer(gateway)]
        ) { (VerifyingKey($0.text(0)), $0.optionalInteger(1), $0.optionalInteger(2)) }
        guard !rows.isEmpty else { return nil }
        var ends: [String: UsageKeyRing.End] = [:]
        for case (let key?, let epoch?, let sequence?) in rows {
            ends[key.id] = UsageKeyRing.End(epoch: UInt32(clamping: epoch), sequence: UInt64(clamping: sequence))
        }
        return UsageKeyRing(rows.compactMap(\.0) + [other].compactMap(\.self), revoked: ends)
    }

    /// Its keys that are vouched for, and one more; nil where there is none.
    package func keyRing(of gateway: String, and other: VerifyingKey? = nil) throws(StoreFault) -> UsageKeyRing? {
        if let number = try gatewayNumber(gateway), let ring = try keyRing(of: number, and: other) { return ring }
        return other.map { UsageKeyRing([$0]) }
    }

    /// Its keys as texts, revoked ones too.
    package func keys(of gateway: String) throws(StoreFault) -> [String] {
        guard let number = try gatewayNumber(gateway) else { return [] }
        return try all("SELECT key FROM gateway_key WHERE gw = ?1 ORDER BY key", [.integer(number)]) { $0.text(0) }
    }

    /// A checkpoint handed over from one key to another.
    func replaceKey(
        _ id: String, by next: String, of gateway: Int64, at record: UsageRecord
    ) throws(StoreFault) {
        for key in try all("SELECT key FROM gateway_key WHERE gw = ?1", [.integer(gateway)], { $0.text(0) })
        where VerifyingKey(key)?.id == id {
            try run(
                "UPDATE gateway_key SET last_epoch = ?3, last_seq = ?4 WHERE gw = ?1 AND key = ?2",
                [.integer(gateway), .text(key), .whole(record.epoch), .whole(record.sequence)])
        }
        try run(
            "INSERT INTO gateway_key (gw, key) VALUES (?1, ?2) ON CONFLICT (gw, key) DO NOTHING",
            [.integer(gateway), .text(next)])
    }

    /// Vouches for a key; from now on checkpoints of this gateway must be signed.
    package func trust(_ key: VerifyingKey, of gateway: String) throws(StoreFault) {
        try transaction { () throws(StoreFault) in
            let number = try gatewayNumberOrNew(gateway)
            try run(
                "INSERT INTO gateway_key (gw, key) VALUES (?1, ?2) ON CONFLICT (gw, key) DO NOTHING",
                [.integer(number), .text(key.text)])
        }
    }

    /// From behind this record on nothing counts that the key signs. False when the gateway has no such key.
    package func revoke(
        _ key: VerifyingKey, of gateway: String, after epoch: UInt32, _ sequence: UInt64
    ) throws(StoreFault) -> Bool {
        try transaction { () throws(StoreFault) -> Bool in
            guard let number = try gatewayNumber(gateway) else { return false }
            return try run(
                "UPDATE gateway_key SET last_epoch = ?3, last_seq = ?4 WHERE gw = ?1 AND key = ?2",
                [.integer(number), .text(key.text), .whole(epoch), .whole(sequence)]) > 0
        }
    }
}
