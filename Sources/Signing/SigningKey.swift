import Crypto

/// An Ed25519 key (RFC 8032): an operator's, a machine's, an owner's.
package struct SigningKey: Sendable {
    private let key: Curve25519.Signing.PrivateKey

    package init() { key = Curve25519.Signing.PrivateKey() }

    /// From the 32 bytes of `secret`, in hexadecimal digits.
    package init?(_ text: String) {
        guard let bytes = Hex.bytes(text.trimmed, count: 32),
            let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: bytes)
        else { return nil }
        self.key = key
    }

    package var secret: String { Hex.text(key.rawRepresentation) }
    package var verifying: VerifyingKey { VerifyingKey(key.publicKey) }

    package func sign(_ message: [UInt8]) -> [UInt8] {
        // Signing with a key in memory cannot fail.
        (try? key.signature(for: message)).map(Array.init) ?? []
    }
}

/// The public half.
package struct VerifyingKey: Sendable, Hashable {
    private let bytes: [UInt8]

    init(_ key: Curve25519.Signing.PublicKey) { bytes = Array(key.rawRepresentation) }

    package init?(_ text: String) {
        guard let bytes = Hex.bytes(text.trimmed, count: 32),
            (try? Curve25519.Signing.PublicKey(rawRepresentation: bytes)) != nil
        else { return nil }
        self.bytes = bytes
    }

    package var text: String { Hex.text(bytes) }
    /// The first eight bytes of its SHA-256: what a signed stop names its signer by.
    package var fingerprint: [UInt8] { Array(SHA256.hash(data: bytes).prefix(8)) }

    package func verifies(_ signature: [UInt8], of message: [UInt8]) -> Bool {
        guard let key = try? Curve25519.Signing.PublicKey(rawRepresentation: bytes) else { return false }
        return key.isValidSignature(signature, for: message)
    }
}

extension String {
    /// Without the white space at both ends that a file has.
    fileprivate var trimmed: String {
        let isSpace: (Character) -> Bool = { $0.isWhitespace || $0.isNewline }
        return String(drop(while: isSpace).reversed().drop(while: isSpace).reversed())
    }
}
