import FieldModel
import JSONText
import Signing

/// What is said on `req`, by consoles.
package enum ClaimRequest: Sendable, Hashable {
    /// "I would like to": answered with an offer.
    case hello(Hello)
    /// "I take it": the operator's signature under the transcript of an offer.
    case take(session: UInt32, signature: [UInt8])

    package struct Hello: Sendable, Hashable {
        package var purpose: ClaimPurpose
        package var operatorID: String
        package var key: [UInt8]
        package var nonce: [UInt8]
        package var direct: [String]

        package init(purpose: ClaimPurpose, operatorID: String, key: [UInt8], nonce: [UInt8], direct: [String]) {
            self.purpose = purpose
            self.operatorID = operatorID
            self.key = key
            self.nonce = nonce
            self.direct = direct
        }
    }

    /// Addresses a console may listen on.
    package static let mostAddresses = 4
}

/// What is said on `rsp`, by the gateway.
package enum ClaimReply: Sendable, Hashable {
    case offer(Offer)
    /// A claim by force waits for the machine to stand still.
    case waiting(session: UInt32)
    case granted(session: UInt32, epoch: UInt64)
    /// Also the end of a granted session that never came to ARMED.
    case refused(session: UInt32, reason: String, detail: String)

    package struct Offer: Sendable, Hashable {
        package var session: UInt32
        package var epoch: UInt64
        package var role: OperatorRole
        package var key: [UInt8]
        package var nonce: [UInt8]
        /// The signed document, as it was signed.
        package var nameplate: [UInt8]
        /// The machine's, under the transcript.
        package var signature: [UInt8]

        package init(
            session: UInt32, epoch: UInt64, role: OperatorRole, key: [UInt8], nonce: [UInt8], nameplate: [UInt8],
            signature: [UInt8]
        ) {
            self.session = session
            self.epoch = epoch
            self.role = role
            self.key = key
            self.nonce = nonce
            self.nameplate = nameplate
            self.signature = signature
        }
    }
}

extension ClaimRequest {
    package var document: [UInt8] {
        var json = JSONWriter()
        json.raw("{")
        switch self {
        case .hello(let hello):
            json.field("op", .text("hello"))
            json.field("for", .text(hello.purpose.rawValue))
            json.field("operator", .text(hello.operatorID))
            json.field("key", .text(Hex.text(hello.key)))
            json.field("nonce", .text(Hex.text(hello.nonce)))
            json.list("direct", hello.direct)
        case .take(let session, let signature):
            json.field("op", .text("take"))
            json.field("session", .integer(Int64(session)))
            json.field("signature", .text(Hex.text(signature)))
        }
        json.removeLast()
        json.raw("}")
        return Array(json.bytes)
    }

    package init(document: UnsafeBufferPointer<UInt8>) throws(WireFault) {
        let json = try WireFault.reading { () throws(JSONFault) in try JSONReader.read(document) }
        switch json.text("op") {
        case "hello": self = .hello(try Hello(json))
        case "take":
            guard let signature = Hex.bytes(json.text("signature"), count: 64) else {
                throw WireFault("'signature' is not 128 hexadecimal digits")
            }
            self = .take(session: UInt32(clamping: json.integer("session")), signature: signature)
        default: throw WireFault("'op' is '\(json.text("op"))' where hello or take belongs")
        }
    }
}

extension ClaimRequest.Hello {
    init(_ json: JSONValue) throws(WireFault) {
        guard let purpose = ClaimPurpose(rawValue: json.text("for")) else {
            throw WireFault("'for' is '\(json.text("for"))' where drive, force or unlock belongs")
        }
        guard let key = Hex.bytes(json.text("key"), count: 32),
            let nonce = Hex.bytes(json.text("nonce"), count: KeyAgreement.nonceBytes)
        else { throw WireFault("'key' or 'nonce' are not 64 and 32 hexadecimal digits") }
        let direct = json.items("direct").compactMap { if case .string(let text) = $0 { text } else { nil } }
        guard direct.count <= ClaimRequest.mostAddresses else {
            throw WireFault("'direct' has \(direct.count) addresses; \(ClaimRequest.mostAddresses) are the most")
        }
        self.init(
            purpose: purpose, operatorID: json.text("operator"), key: key, nonce: nonce, direct: direct)
    }
}

extension ClaimReply {
    package var document: [UInt8] {
        var json = JSONWriter()
        json.raw("{")
        switch self {
        case .offer(let offer):
            json.field("op", .text("offer"))
            json.field("session", .integer(Int64(offer.session)))
            json.field("epoch", .integer(Int64(clamping: offer.epoch)))
            json.field("role", .text(offer.role.rawValue))
            json.field("key", .text(Hex.text(offer.key)))
            json.field("nonce", .text(Hex.text(offer.nonce)))
            json.field("nameplate", .text(String(decoding: offer.nameplate, as: UTF8.self)))
            json.field("signature", .text(Hex.text(offer.signature)))
        case .waiting(let session):
            json.field("op", .text("waiting"))
            json.field("session", .integer(Int64(session)))
        case .granted(let session, let epoch):
            json.field("op", .text("granted"))
            json.field("session", .integer(Int64(session)))
            json.field("epoch", .integer(Int64(clamping: epoch)))
        case .refused(let session, let reason, let detail):
            json.field("op", .text("refused"))
            json.field("session", .integer(Int64(session)))
            json.field("reason", .text(reason))
            json.field("detail", .text(detail))
        }
        json.removeLast()
        json.raw("}")
        return Array(json.bytes)
    }

    package init(document: UnsafeBufferPointer<UInt8>) throws(WireFault) {
        let json = try WireFault.reading { () throws(JSONFault) in try JSONReader.read(document) }
        let session = UInt32(clamping: json.integer("session"))
        switch json.text("op") {
        case "offer": self = .offer(try Offer(json, session: session))
        case "waiting": self = .waiting(session: session)
        case "granted": self = .granted(session: session, epoch: UInt64(clamping: json.integer("epoch")))
        case "refused":
            self = .refused(session: session, reason: json.text("reason"), detail: json.text("detail"))
        default: throw WireFault("'op' is '\(json.text("op"))' where offer, waiting, granted or refused belongs")
        }
    }
}

extension ClaimReply.Offer {
    init(_ json: JSONValue, session: UInt32) throws(WireFault) {
        guard let key = Hex.bytes(json.text("key"), count: 32), let role = OperatorRole(rawValue: json.text("role")),
            let nonce = Hex.bytes(json.text("nonce"), count: KeyAgreement.nonceBytes),
            let signature = Hex.bytes(json.text("signature"), count: 64)
        else { throw WireFault("the offer lacks role, key, nonce or signature in their forms") }
        self.init(
            session: session, epoch: UInt64(clamping: json.integer("epoch")), role: role, key: key, nonce: nonce,
            nameplate: Array(json.text("nameplate").utf8), signature: signature)
    }
}

extension WireFault {
    fileprivate static func reading(
        _ body: () throws(JSONFault) -> JSONValue
    ) throws(WireFault) -> JSONValue {
        do throws(JSONFault) { return try body() } catch { throw WireFault("it is no JSON: \(error.text)") }
    }
}
