import ControlWire
import FieldModel
import Signing
import Testing

@Suite("The handshake's documents")
struct HandshakeTests {
    static func transcript(_ gateway: KeyAgreement, _ console: KeyAgreement) -> Transcript {
        Transcript(
            purpose: .drive, gateway: "gw", machine: "loader-1", operatorID: "op", role: .operates,
            consoleKey: console.publicKey, gatewayKey: gateway.publicKey, consoleNonce: console.nonce,
            gatewayNonce: gateway.nonce, epoch: 5, session: 9, nameplate: [1, 2, 3], direct: ["127.0.0.1:5000"])
    }

    @Test("Every part of a transcript changes its hash, and each side signs for itself")
    func transcriptBinds() {
        let base = Self.transcript(KeyAgreement(), KeyAgreement())
        var others = [Transcript](repeating: base, count: 9)
        others[0].purpose = .force
        others[1].gateway = "gx"
        others[2].machine = "loader-2"
        others[3].operatorID = "o"
        others[4].role = .supervisor
        others[5].epoch = 6
        others[6].session = 8
        others[7].nameplate = [1, 2]
        others[8].direct = ["127.0.0.1:5000", ""]
        #expect(Set(([base] + others).map(\.hash)).count == 10)
        #expect(base.signed(by: .console) != base.signed(by: .gateway))
        let key = SigningKey()
        let signature = key.sign(base.signed(by: .console))
        #expect(key.verifying.verifies(signature, of: base.signed(by: .console)))
        #expect(!key.verifying.verifies(signature, of: base.signed(by: .gateway)))
        #expect(!SigningKey().verifying.verifies(signature, of: base.signed(by: .console)))
    }

    @Test("Requests and replies come back as they were written")
    func documents() throws {
        let agreement = KeyAgreement()
        let requests: [ClaimRequest] = [
            .hello(
                .init(
                    purpose: .unlock, operatorID: "o\"p", key: agreement.publicKey, nonce: agreement.nonce,
                    direct: ["10.0.0.1:5", "[::1]:6"])),
            .take(session: 77, signature: [UInt8](repeating: 7, count: 64)),
        ]
        for request in requests {
            #expect(try request.document.withUnsafeBufferPointer { try ClaimRequest(document: $0) } == request)
        }
        let replies: [ClaimReply] = [
            .offer(
                .init(
                    session: 1, epoch: 2, role: .supervisor, key: agreement.publicKey, nonce: agreement.nonce,
                    nameplate: Array("{\"a\":1}".utf8), signature: [UInt8](repeating: 1, count: 64))),
            .waiting(session: 1), .granted(session: 1, epoch: 3), .refused(session: 1, reason: "held", detail: "by x"),
        ]
        for reply in replies {
            #expect(try reply.document.withUnsafeBufferPointer { try ClaimReply(document: $0) } == reply)
        }
    }

    @Test(
        "What is wrong with a request is said",
        arguments: [
            ("", "no JSON"), ("{}", "'op'"), (#"{"op":"take","session":1,"signature":"ab"}"#, "signature"),
            (#"{"op":"hello","for":"fun"}"#, "'for'"), (#"{"op":"hello","for":"drive","key":"zz"}"#, "'key'"),
        ])
    func wrongRequests(text: String, words: String) {
        #expect {
            try Array(text.utf8).withUnsafeBufferPointer { try ClaimRequest(document: $0) }
        } throws: { "\($0)".contains(words) }
    }

    @Test("A roster and a nameplate are read with the right key only, unchanged only")
    func signedDocuments() throws {
        let (owner, machine) = (SigningKey(), SigningKey())
        let roster = Roster(operators: [
            .init(id: "a", name: "Ärger", role: .operates, key: SigningKey().verifying),
            .init(id: "b", name: "B", role: .stopOnly, key: SigningKey().verifying),
        ])
        let document = roster.document(signedBy: owner)
        #expect(try Roster(document: document, owner: owner.verifying) == roster)
        #expect(throws: WireFault.self) { try Roster(document: document, owner: machine.verifying) }
        let forged = Array(String(decoding: document, as: UTF8.self).replacing("stop-only", with: "supervisor").utf8)
        #expect(throws: WireFault.self) { try Roster(document: forged, owner: owner.verifying) }

        let plate = Nameplate(
            gateway: "gw", machine: "loader-1", title: "Wheel loader", serial: "WL-1", owner: "Quarry",
            location: "Pit 3",
            software: "1", configuration: "c", profile: 0x0102, axes: ["travel"], buttons: [], topSpeed: "10 km/h",
            creepSpeed: "2 km/h")
        let signed = plate.document(signedBy: machine)
        #expect(try Nameplate(document: signed, machineKey: machine.verifying) == plate)
        #expect(throws: WireFault.self) { try Nameplate(document: signed, machineKey: owner.verifying) }
    }

    @Test("A stop without a session is signed by somebody on the roster, for one topic")
    func signedStop() throws {
        let key = SigningKey()
        let roster = Roster(operators: [.init(id: "s", name: "", role: .stopOnly, key: key.verifying)])
        let frame = StopFrame(session: 0, epoch: 4, id: 99)
        let message = SignedStop.make(frame, topic: "t", key: key)
        let opened = try #require(message.withUnsafeBytes { SignedStop.open($0, topic: "t", roster: roster) })
        #expect(opened.0 == frame)
        #expect(opened.1.id == "s")
        #expect(message.withUnsafeBytes { SignedStop.open($0, topic: "u", roster: roster) } == nil)
        let stranger = SignedStop.make(frame, topic: "t", key: SigningKey())
        #expect(stranger.withUnsafeBytes { SignedStop.open($0, topic: "t", roster: roster) } == nil)
        for place in message.indices {
            var flipped = message
            flipped[place] ^= 4
            #expect(flipped.withUnsafeBytes { SignedStop.open($0, topic: "t", roster: roster) } == nil)
        }
    }
}
