import ControlWire
import FieldModel
import OperatorInput
import Signing
import Testing

@testable import OperatorKit

/// A machine, the other side's keys, and a clock.
struct MachineBench {
    static let start = Instant(nanoseconds: 1_000_000_000_000)
    let operatorKey = SigningKey()
    let machineKey = SigningKey()
    let gateway = KeyAgreement()
    var machine: ConsoleMachine
    var now = start
    var sequence: UInt32 = 0

    init(_ purpose: ClaimPurpose = .drive) {
        machine = ConsoleMachine(
            ConsoleIdentity(
                gateway: "gw", machine: "loader-1", operatorID: "op", purpose: purpose, secret: operatorKey,
                machineKey: machineKey.verifying, direct: ["127.0.0.1:5000"]), stopID: { 42 })
    }

    mutating func handle(_ event: ConsoleMachine.Event, after: Duration = .zero) -> [ConsoleMachine.Action] {
        now = now + after
        return machine.handle(event, at: now)
    }

    func transcript(_ document: [UInt8], direct: [String] = ["127.0.0.1:5000"]) -> Transcript {
        Transcript(
            purpose: machine.identity.purpose, gateway: "gw", machine: "loader-1", operatorID: "op", role: .operates,
            consoleKey: machine.identity.agreement.publicKey, gatewayKey: gateway.publicKey,
            consoleNonce: machine.identity.agreement.nonce, gatewayNonce: gateway.nonce, epoch: 5, session: 9,
            nameplate: Nameplate.hash(document), direct: direct)
    }

    func offer(
        _ change: (inout ClaimReply.Offer) -> Void = { _ in }, plate: Nameplate = TestGateway.nameplate,
        platedBy: SigningKey? = nil, signedBy: SigningKey? = nil, direct: [String] = ["127.0.0.1:5000"]
    ) -> ConsoleMachine.Event {
        let document = plate.document(signedBy: platedBy ?? machineKey)
        let signature = (signedBy ?? machineKey).sign(transcript(document, direct: direct).signed(by: .gateway))
        var offer = ClaimReply.Offer(
            session: 9, epoch: 5, role: .operates, key: gateway.publicKey, nonce: gateway.nonce, nameplate: document,
            signature: signature)
        change(&offer)
        return .reply(.offer(offer))
    }

    /// Up to the grant.
    mutating func open() {
        _ = handle(.connected)
        _ = handle(offer())
        _ = handle(.confirmed)
        _ = handle(.reply(.granted(session: 9, epoch: 5)))
    }

    mutating func state(
        _ phase: SessionPhase = .armed, from source: StateSource = .broker, after: Duration = .zero,
        _ change: (inout StateFrame) -> Void = { _ in }
    ) -> [ConsoleMachine.Action] {
        sequence += 1
        var frame = StateFrame()
        (frame.session, frame.epoch, frame.sequence, frame.phase) = (9, 5, sequence, phase)
        frame.time = UInt64(sequence) * 1000
        change(&frame)
        return handle(.state(frame, from: source), after: after)
    }

    mutating func tick(
        _ sample: OperatorSample = OperatorSample(axes: [0]), after: Duration = .milliseconds(20), slots: Int = 1,
        fault: String? = nil
    ) -> [ConsoleMachine.Action] {
        handle(
            .tick(InputReading(sample: sample, fault: fault), intended: now + after, slots: slots), after: after)
    }
}

extension [ConsoleMachine.Action] {
    var frame: CommandFrame? {
        for case .command(let frame, _, _) in self { return frame }
        return nil
    }
    var byBroker: Bool? {
        for case .command(_, let broker, _) in self { return broker }
        return nil
    }
    var routes: [DirectRoute] {
        for case .command(_, _, let routes) in self { return routes }
        return []
    }
    var loss: String? {
        for case .tell(.lost(let text)) in self { return contains(.end) ? text : nil }
        return nil
    }
}

@Suite("The console's decisions: the handshake")
struct ConsoleHandshakeTests {
    @Test("It asks, checks, waits for the operator, takes, and has both sides' keys")
    func handshake() throws {
        var bench = MachineBench()
        #expect(
            bench.handle(.connected) == [.tell(.connected), .say(.hello(bench.machine.identity.hello))])
        let event = bench.offer()
        guard case .reply(.offer(let offer)) = event else { return }
        #expect(bench.handle(event) == [.tell(.offered(TestGateway.nameplate, .operates))])
        #expect(bench.machine.keys == nil)
        let actions = bench.handle(.confirmed)
        #expect(actions.first == .openInput(TestGateway.nameplate) && actions.count == 2)
        guard case .say(.take(9, let signature)) = actions.last else { return #expect(Bool(false)) }
        let transcript = bench.transcript(offer.nameplate)
        #expect(bench.operatorKey.verifying.verifies(signature, of: transcript.signed(by: .console)))
        #expect(
            bench.handle(.reply(.granted(session: 9, epoch: 5)))
                == [.tell(.granted(session: 9, epoch: 5)), .beginFrames])
        let own = try #require(bench.machine.keys)
        let other = try #require(bench.gateway.keys(with: bench.machine.identity.agreement.publicKey, transcript))
        #expect(own.tag == other.tag && own.toGateway == other.toGateway && own.toConsole == other.toConsole)
    }

    @Test("What is not the machine's own, or not what was asked for, ends it before anything is taken")
    func forgeries() {
        let stranger = SigningKey()
        var other = TestGateway.nameplate
        other.machine = "loader-2"
        let cases: [(String, (MachineBench) -> ConsoleMachine.Event)] = [
            ("nameplate is not signed", { $0.offer(platedBy: stranger) }),
            ("offer is not signed", { $0.offer(signedBy: stranger) }),
            ("'loader-2'", { $0.offer(plate: other) }),
            ("offer is not signed", { $0.offer({ $0.epoch = 6 }) }),
            ("offer is not signed", { $0.offer({ $0.session = 8 }) }),
            ("offer is not signed", { $0.offer({ $0.role = .supervisor }) }),
            ("offer is not signed", { $0.offer({ $0.key[3] ^= 1 }) }),
            ("offer is not signed", { $0.offer({ $0.nonce[3] ^= 1 }) }),
            ("offer is not signed", { $0.offer(direct: ["10.0.0.1:5000"]) }),
        ]
        for (words, event) in cases {
            var bench = MachineBench()
            _ = bench.handle(.connected)
            let actions = bench.handle(event(bench))
            #expect(actions.loss?.contains(words) ?? false, "\(words): \(actions)")
            #expect(bench.handle(.confirmed).isEmpty)
        }
    }

    @Test("A key that gives zero whatever ours is, is refused")
    func zeroKey() throws {
        var bench = MachineBench()
        _ = bench.handle(.connected)
        let document = TestGateway.nameplate.document(signedBy: bench.machineKey)
        var transcript = bench.transcript(document)
        transcript.gatewayKey = [UInt8](repeating: 0, count: 32)
        let signature = bench.machineKey.sign(transcript.signed(by: .gateway))
        _ = bench.handle(
            bench.offer {
                $0.key = transcript.gatewayKey
                $0.nameplate = document
                $0.signature = signature
            })
        // Ed25519 signs alike each time, so the offer itself stands.
        #expect(bench.handle(.confirmed).loss?.contains("key is none") ?? false)
    }

    @Test("A gateway that does not answer is asked five times; offers and takings have their time")
    func times() {
        var bench = MachineBench()
        _ = bench.handle(.connected)
        for _ in 0..<4 {
            #expect(bench.handle(.time, after: .milliseconds(1999)).isEmpty)
            #expect(bench.handle(.time, after: .milliseconds(1)) == [.say(.hello(bench.machine.identity.hello))])
        }
        #expect(bench.handle(.time, after: .seconds(2)).loss?.contains("does not answer") ?? false)
        #expect(bench.handle(.connected).isEmpty)

        bench = MachineBench()
        _ = bench.handle(.connected)
        _ = bench.handle(bench.offer())
        #expect(bench.handle(.time, after: .milliseconds(29_999)).isEmpty)
        #expect(bench.handle(.time, after: .milliseconds(1)).loss?.contains("30 s") ?? false)

        bench = MachineBench(.force)
        _ = bench.handle(.connected)
        _ = bench.handle(bench.offer())
        _ = bench.handle(.confirmed)
        #expect(bench.handle(.reply(.waiting(session: 9)), after: .seconds(4)) == [.tell(.waiting)])
        #expect(bench.handle(.time, after: .seconds(59)).isEmpty)
        #expect(bench.handle(.time, after: .seconds(1)).loss?.contains("in time") ?? false)
    }

    @Test("A refusal ends it, wherever it comes; a broker that goes ends a handshake, and not a session")
    func refusals() {
        let refused = ConsoleMachine.Event.reply(.refused(session: 9, reason: "held", detail: "by x"))
        let end: [ConsoleMachine.Action] = [.tell(.refused(reason: "held", detail: "by x")), .end]
        for steps in 1...4 {
            var bench = MachineBench()
            _ = bench.handle(.connected)
            if steps > 1 { _ = bench.handle(bench.offer()) }
            if steps > 2 { _ = bench.handle(.confirmed) }
            if steps > 3 { _ = bench.handle(.reply(.granted(session: 9, epoch: 5))) }
            var cut = bench
            #expect(bench.handle(refused) == end)
            #expect(bench.machine.isOver)
            #expect((cut.handle(.brokerLost("x")).loss == nil) == (steps == 4))
        }
        var bench = MachineBench()
        bench.open()
        #expect(bench.handle(.reply(.refused(session: 8, reason: "held", detail: ""))).isEmpty)
    }

    @Test("Unlocking takes no frames: a grant is all of it")
    func unlock() {
        var bench = MachineBench(.unlock)
        _ = bench.handle(.connected)
        _ = bench.handle(bench.offer())
        #expect(bench.handle(.confirmed).count == 1)
        #expect(
            bench.handle(.reply(.granted(session: 9, epoch: 5))) == [.tell(.granted(session: 9, epoch: 5)), .end])
    }

    @Test("Answers to somebody else's session, and answers out of turn, change nothing")
    func strays() {
        var bench = MachineBench()
        #expect(bench.handle(.reply(.granted(session: 9, epoch: 5))).isEmpty)
        _ = bench.handle(.connected)
        #expect(bench.handle(.reply(.granted(session: 9, epoch: 5))).isEmpty)
        #expect(bench.handle(.confirmed).isEmpty)
        _ = bench.handle(bench.offer())
        #expect(bench.handle(bench.offer(signedBy: SigningKey())).isEmpty)
        _ = bench.handle(.confirmed)
        #expect(bench.handle(.reply(.granted(session: 8, epoch: 5))).isEmpty)
        #expect(bench.handle(.reply(.waiting(session: 8))).isEmpty)
        #expect(bench.tick().isEmpty)
    }

    @Test("Without an input device nothing is taken")
    func noInput() {
        var bench = MachineBench()
        _ = bench.handle(.connected)
        _ = bench.handle(bench.offer())
        _ = bench.handle(.confirmed)
        #expect(bench.handle(.inputRefused("no joystick")).loss == "no joystick")
    }
}
