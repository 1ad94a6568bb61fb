import Crypto
import FieldModel

/// One side's part of an X25519 agreement (RFC 7748): used once.
package struct KeyAgreement: Sendable {
    package static let nonceBytes = 16

    private let key = Curve25519.KeyAgreement.PrivateKey()
    package let nonce: [UInt8]

    package init() {
        var generator = SystemRandomNumberGenerator()
        nonce = (0..<Self.nonceBytes).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    }

    package var publicKey: [UInt8] { Array(key.publicKey.rawRepresentation) }

    /// Nil when the other side's key is none, or one of those that give zero whatever ours is (RFC 7748, 6.1).
    package func keys(with other: [UInt8], _ transcript: Transcript) -> SessionKeys? {
        guard let peer = try? Curve25519.KeyAgreement.PublicKey(rawRepresentation: other),
            let secret = try? key.sharedSecretFromKeyAgreement(with: peer)
        else { return nil }
        let isZero = secret.withUnsafeBytes { $0.allSatisfy { $0 == 0 } }
        return isZero ? nil : SessionKeys(secret, transcript)
    }
}

/// The keys of one session: separate for each direction and each transport (HKDF-SHA-256, RFC 5869).
package struct SessionKeys: Sendable {
    package struct Direct: Sendable {
        var key: SymmetricKey
        var salt: [UInt8]

        /// The next key, from which this one can't be had back.
        var next: Direct {
            Direct(
                key: HKDF<SHA256>.deriveKey(
                    inputKeyMaterial: key, salt: salt, info: Array("fg-ctl/1 rekey".utf8), outputByteCount: 32),
                salt: HKDF<SHA256>.deriveKey(
                    inputKeyMaterial: key, salt: salt, info: Array("fg-ctl/1 resalt".utf8), outputByteCount: 12
                ).withUnsafeBytes(Array.init))
        }
    }

    package let toGateway: SymmetricKey
    package let toConsole: SymmetricKey
    package let directToGateway: Direct
    package let directToConsole: Direct
    /// The first four bytes of the transcript's hash: how a packet names its session.
    package let tag: UInt32

    init(_ secret: SharedSecret, _ transcript: Transcript) {
        let hash = transcript.hash
        func derive(_ label: String, _ count: Int) -> SymmetricKey {
            secret.hkdfDerivedSymmetricKey(
                using: SHA256.self, salt: hash, sharedInfo: Array("fg-ctl/1 \(label)".utf8), outputByteCount: count)
        }
        func direct(_ label: String) -> Direct {
            Direct(
                key: derive("direct \(label)", 32), salt: derive("salt \(label)", 12).withUnsafeBytes(Array.init))
        }
        toGateway = derive("mqtt to gateway", 32)
        toConsole = derive("mqtt to console", 32)
        directToGateway = direct("to gateway")
        directToConsole = direct("to console")
        tag = hash.prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
    }
}
