import Crypto
import FieldModel
import Signing

/// What a claim is for.
public enum ClaimPurpose: String, Sendable, CaseIterable {
    case drive
    /// Taken by a supervisor from whoever has it.
    case force
    case unlock
}

/// Everything both sides of a handshake must agree on. Both sign its hash, and the keys come of it.
package struct Transcript: Hashable, Sendable {
    package static let label = "fg-ctl/1"

    package var purpose: ClaimPurpose
    package var gateway: String
    package var machine: String
    package var operatorID: String
    package var role: OperatorRole
    package var consoleKey: [UInt8]
    package var gatewayKey: [UInt8]
    package var consoleNonce: [UInt8]
    package var gatewayNonce: [UInt8]
    package var epoch: UInt64
    package var session: UInt32
    /// SHA-256 of the nameplate as it was sent.
    package var nameplate: [UInt8]
    /// `address:port` of the console's sockets for the direct path.
    package var direct: [String]

    package init(
        purpose: ClaimPurpose, gateway: String, machine: String, operatorID: String, role: OperatorRole,
        consoleKey: [UInt8], gatewayKey: [UInt8], consoleNonce: [UInt8], gatewayNonce: [UInt8], epoch: UInt64,
        session: UInt32, nameplate: [UInt8], direct: [String]
    ) {
        self.purpose = purpose
        self.gateway = gateway
        self.machine = machine
        self.operatorID = operatorID
        self.role = role
        self.consoleKey = consoleKey
        self.gatewayKey = gatewayKey
        self.consoleNonce = consoleNonce
        self.gatewayNonce = gatewayNonce
        self.epoch = epoch
        self.session = session
        self.nameplate = nameplate
        self.direct = direct
    }

    /// SHA-256 over every part with its length before it: no two transcripts give the same bytes.
    package var hash: [UInt8] {
        var hash = SHA256()
        func add(_ bytes: [UInt8]) {
            var length = UInt32(bytes.count).bigEndian
            withUnsafeBytes(of: &length) { hash.update(bufferPointer: $0) }
            hash.update(data: bytes)
        }
        for text in [Self.label, purpose.rawValue, gateway, machine, operatorID, role.rawValue] {
            add(Array(text.utf8))
        }
        for part in [consoleKey, gatewayKey, consoleNonce, gatewayNonce, nameplate] { add(part) }
        add(Hex.bigEndian(epoch))
        add(Hex.bigEndian(session))
        add(Hex.bigEndian(UInt32(direct.count)))
        for address in direct { add(Array(address.utf8)) }
        return Array(hash.finalize())
    }

    /// What each side signs; the side is part of it, so that neither signature serves as the other.
    package func signed(by side: Side) -> [UInt8] { Array("\(Self.label) \(side.rawValue) ".utf8) + hash }

    package enum Side: String, Sendable {
        case console, gateway
    }
}
