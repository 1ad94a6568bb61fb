import FieldModel
import Signing

/// A stop by somebody on the roster who holds no session: body, the signer's fingerprint, Ed25519 over both and the
/// topic.
package enum SignedStop {
    static let fingerprintBytes = 8
    static let signatureBytes = 64
    package static let bytes = FrameLayout.stopBytes + fingerprintBytes + signatureBytes

    package static func make(_ frame: StopFrame, topic: String, key: SigningKey) -> [UInt8] {
        var body = [UInt8](repeating: 0, count: FrameLayout.stopBytes)
        body.withUnsafeMutableBytes { FrameLayout.write(frame, as: .signedStop, into: $0) }
        body += key.verifying.fingerprint
        return body + key.sign(message(body, topic))
    }

    /// The stop and who signed it, nil when nobody on the roster did.
    package static func open(
        _ message: UnsafeRawBufferPointer, topic: String, roster: Roster
    ) -> (StopFrame, Roster.Operator)? {
        guard message.count == bytes else { return nil }
        let body = Array(message[..<(FrameLayout.stopBytes + fingerprintBytes)])
        guard let frame = FrameLayout.stop(UnsafeRawBufferPointer(rebasing: message[..<FrameLayout.stopBytes])),
            let signer = roster.holder(of: Array(body[FrameLayout.stopBytes...])),
            signer.key.verifies(Array(message[body.count...]), of: Self.message(body, topic))
        else { return nil }
        return (frame, signer)
    }

    private static func message(_ body: [UInt8], _ topic: String) -> [UInt8] {
        Array("fg-stop/1 \(topic) ".utf8) + body
    }
}
