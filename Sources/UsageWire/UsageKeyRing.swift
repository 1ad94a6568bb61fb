import Signing

/// The keys whose signatures count: given ones, and those that they have signed for in the chain.
package struct UsageKeyRing: Sendable, Hashable {
    /// From behind this place on, nothing the key signs counts.
    package struct End: Sendable, Hashable {
        package var epoch: UInt32
        package var sequence: UInt64

        package init(epoch: UInt32, sequence: UInt64) {
            self.epoch = epoch
            self.sequence = sequence
        }

        fileprivate func isBefore(_ record: UsageRecord) -> Bool {
            (epoch, sequence) < (record.epoch, record.sequence)
        }
    }

    private var keys: [String: VerifyingKey] = [:]
    /// A key that was revoked: the last number it may have signed.
    private var revoked: [String: End] = [:]
    /// A key that handed over to another: where it did.
    private var replaced: [String: End] = [:]

    package init(_ keys: [VerifyingKey], revoked: [String: End] = [:]) {
        for key in keys { self.keys[key.id] = key }
        self.revoked = revoked
    }

    /// Why the checkpoint's signature does not count; nil when it does. A key it hands over to is believed from then on.
    package mutating func judge(_ record: UsageRecord) -> String? {
        guard let checkpoint = record.checkpoint else { return nil }
        guard let key = keys[checkpoint.keyID] else {
            return "it is signed by the key \(checkpoint.keyID), which nobody vouches for"
        }
        if let end = revoked[checkpoint.keyID], end.isBefore(record) {
            return "the key \(checkpoint.keyID) was revoked: the last record it signs for is \(end.sequence) of epoch "
                + "\(end.epoch)"
        }
        if let end = replaced[checkpoint.keyID], end.isBefore(record) {
            return "the key \(checkpoint.keyID) handed over to another in record \(end.sequence) of epoch \(end.epoch)"
        }
        guard let signature = Hex.bytes(checkpoint.signature, count: 64),
            key.verifies(signature, of: record.signedMessage)
        else { return "the signature is not that of the key \(checkpoint.keyID)" }
        if let text = checkpoint.nextKey, let next = VerifyingKey(text), next != key {
            keys[next.id] = next
            replaced[checkpoint.keyID] = End(epoch: record.epoch, sequence: record.sequence)
        }
        return nil
    }
}
