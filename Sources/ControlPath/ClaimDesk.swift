import Control
import ControlWire
import DirectLink
import FieldModel
import MQTTLink
import Signing

/// Answers claims for one machine: makes offers, checks signatures, keeps what a granted claim will need.
package struct ClaimDesk {
    /// Of one operator: hellos are not signed, so whoever makes them in somebody's name keeps out nobody else.
    private static let mostOffers = 4
    private static let offerLife = Duration.seconds(30)
    private static let mostWrong = 8
    /// Hellos a second in one operator's name, and at once: each costs a signature.
    private static let rate = (each: 10, burst: 5)

    private struct Offer {
        package var transcript: Transcript
        package var agreement: KeyAgreement
        package var key: VerifyingKey
        package var reply: MQTTReply
        package var until: Instant
        /// Signatures that were not the operator's.
        package var wrong = 0
    }

    /// A claim whose signature was right.
    package struct Taken {
        package var claim: Claim
        package var purpose: ClaimPurpose
        package var keys: SessionKeys
        package var reply: MQTTReply
        package var direct: [DirectAddress]
    }

    package enum Outcome {
        case answer(ClaimReply)
        case taken(Taken)
        case ignored
    }

    private let gateway: String
    private let machine: String
    private let roster: Roster
    private let key: SigningKey
    private let nameplate: [UInt8]
    private var offers: [UInt32: Offer] = [:]
    private var meters: [String: FrameMeter] = [:]

    package init(gateway: String, machine: String, roster: Roster, key: SigningKey, nameplate: [UInt8]) {
        self.gateway = gateway
        self.machine = machine
        self.roster = roster
        self.key = key
        self.nameplate = nameplate
    }

    package mutating func receive(
        _ document: UnsafeRawBufferPointer, reply: MQTTReply, epoch: UInt64, at now: Instant
    ) -> Outcome {
        do throws(WireFault) {
            let bytes = UnsafeBufferPointer(
                start: document.baseAddress?.assumingMemoryBound(to: UInt8.self), count: document.count)
            switch try ClaimRequest(document: bytes) {
            case .hello(let hello): return greet(hello, reply, epoch, at: now)
            case .take(let session, let signature): return take(session, signature, at: now)
            }
        } catch {
            return refuse("malformed", error.description)
        }
    }

    private mutating func greet(
        _ hello: ClaimRequest.Hello, _ reply: MQTTReply, _ epoch: UInt64, at now: Instant
    ) -> Outcome {
        let asking = roster[hello.operatorID]
        // Those whom the roster does not know share one meter.
        let name = asking?.id ?? ""
        guard meters[name, default: FrameMeter()].take(rate: Self.rate.each, burst: Self.rate.burst, at: now) else {
            return .ignored
        }
        guard let asking else {
            return refuse("unknown_operator", "the roster has no operator '\(hello.operatorID)'")
        }
        guard asking.role.mayDrive, hello.purpose == .drive || asking.role.maySupervise else {
            return refuse("role_forbids", Self.objection(to: hello.purpose, by: asking))
        }
        makeRoom(for: asking.id, at: now)
        let agreement = KeyAgreement()
        let session = UInt32.random(in: 1 ... .max)
        let transcript = Transcript(
            purpose: hello.purpose, gateway: gateway, machine: machine, operatorID: asking.id, role: asking.role,
            consoleKey: hello.key, gatewayKey: agreement.publicKey, consoleNonce: hello.nonce,
            gatewayNonce: agreement.nonce, epoch: epoch, session: session, nameplate: Nameplate.hash(nameplate),
            direct: hello.direct)
        offers[session] = Offer(
            transcript: transcript, agreement: agreement, key: asking.key, reply: reply, until: now + Self.offerLife)
        return .answer(
            .offer(
                .init(
                    session: session, epoch: epoch, role: asking.role, key: agreement.publicKey,
                    nonce: agreement.nonce, nameplate: nameplate,
                    signature: key.sign(transcript.signed(by: .gateway)))))
    }

    private static func objection(to purpose: ClaimPurpose, by one: Roster.Operator) -> String {
        let needed =
            switch purpose {
            case .drive: "driving needs an operator or a supervisor"
            case .force: "taking over by force needs a supervisor"
            case .unlock: "unlocking needs a supervisor"
            }
        return "'\(one.id)' is \(one.role.rawValue) on the roster: \(needed)"
    }

    private mutating func makeRoom(for operatorID: String, at now: Instant) {
        offers = offers.filter { $0.value.until > now }
        let own = offers.filter { $0.value.transcript.operatorID == operatorID }
        if own.count >= Self.mostOffers, let oldest = own.min(by: { $0.value.until < $1.value.until }) {
            offers[oldest.key] = nil
        }
    }

    private mutating func take(_ session: UInt32, _ signature: [UInt8], at now: Instant) -> Outcome {
        guard let offer = offers[session], offer.until > now else {
            return refuse("outdated", "the offer is over; ask again", session)
        }
        guard offer.key.verifies(signature, of: offer.transcript.signed(by: .console)) else {
            // Each costs the control loop a verification, and offers are metered: so are these.
            let wrong = offer.wrong + 1
            if wrong < Self.mostWrong { offers[session]?.wrong = wrong } else { offers[session] = nil }
            return refuse("bad_signature", "the signature is not that of '\(offer.transcript.operatorID)'", session)
        }
        offers[session] = nil
        guard let keys = offer.agreement.keys(with: offer.transcript.consoleKey, offer.transcript) else {
            return refuse("bad_key", "the console's key gives no secret", session)
        }
        let transcript = offer.transcript
        let claim = Claim(
            session: session, epoch: transcript.epoch, operatorID: transcript.operatorID, role: transcript.role,
            force: transcript.purpose == .force)
        return .taken(
            Taken(
                claim: claim, purpose: transcript.purpose, keys: keys, reply: offer.reply,
                direct: transcript.direct.compactMap { DirectAddress($0) }))
    }

    private func refuse(_ reason: String, _ detail: String, _ session: UInt32 = 0) -> Outcome {
        .answer(.refused(session: session, reason: reason, detail: detail))
    }
}
