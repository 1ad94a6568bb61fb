import ControlWire
import FieldModel
import Signing

/// Who asks, for what, and the keys of one attempt.
package struct ConsoleIdentity: Sendable {
    package var gateway: String
    package var machine: String
    package var operatorID: String
    package var purpose: ClaimPurpose
    package var secret: SigningKey
    package var machineKey: VerifyingKey
    package var agreement: KeyAgreement
    /// `address:port` of the console's sockets.
    package var direct: [String]

    package init(
        gateway: String, machine: String, operatorID: String, purpose: ClaimPurpose, secret: SigningKey,
        machineKey: VerifyingKey, agreement: KeyAgreement = KeyAgreement(), direct: [String] = []
    ) {
        self.gateway = gateway
        self.machine = machine
        self.operatorID = operatorID
        self.purpose = purpose
        self.secret = secret
        self.machineKey = machineKey
        self.agreement = agreement
        self.direct = direct
    }

    /// Reads the keys of `settings`.
    init(_ settings: ConsoleSettings, direct: [String]) throws(ConsoleFault) {
        guard let secret = SigningKey(settings.secretKey) else {
            throw ConsoleFault("the operator's secret key is not 64 hexadecimal digits: make one with 'key new'")
        }
        guard let machineKey = VerifyingKey(settings.machineKey) else {
            throw ConsoleFault(
                "the machine's public key is not 64 hexadecimal digits: take it from the machine's commissioning sheet")
        }
        self.init(
            gateway: settings.gateway, machine: settings.machine, operatorID: settings.operatorID,
            purpose: settings.purpose, secret: secret, machineKey: machineKey, direct: direct)
    }

    package var hello: ClaimRequest.Hello {
        ClaimRequest.Hello(
            purpose: purpose, operatorID: operatorID, key: agreement.publicKey, nonce: agreement.nonce, direct: direct)
    }
}

/// An offer that is the machine's own, for what was asked.
package struct Claim: Sendable {
    package let offer: ClaimReply.Offer
    package let nameplate: Nameplate
    package let transcript: Transcript
    package var session: UInt32 { offer.session }

    /// Throws when the nameplate or the signature is not the machine's.
    init(_ offer: ClaimReply.Offer, _ identity: ConsoleIdentity) throws(WireFault) {
        self.offer = offer
        nameplate = try Nameplate(document: offer.nameplate, machineKey: identity.machineKey)
        guard nameplate.gateway == identity.gateway, nameplate.machine == identity.machine else {
            throw WireFault(
                "the nameplate is that of '\(nameplate.machine)' at gateway '\(nameplate.gateway)', and "
                    + "'\(identity.machine)' at '\(identity.gateway)' was asked for: check both names and the machine's key"
            )
        }
        transcript = Transcript(
            purpose: identity.purpose, gateway: identity.gateway, machine: identity.machine,
            operatorID: identity.operatorID, role: offer.role, consoleKey: identity.agreement.publicKey,
            gatewayKey: offer.key, consoleNonce: identity.agreement.nonce, gatewayNonce: offer.nonce,
            epoch: offer.epoch, session: offer.session, nameplate: Nameplate.hash(offer.nameplate),
            direct: identity.direct)
        guard identity.machineKey.verifies(offer.signature, of: transcript.signed(by: .gateway)) else {
            throw WireFault(
                "the offer is not signed by the machine's key: somebody is between this console and the machine, or "
                    + "they speak different versions; nothing was taken")
        }
    }
}
