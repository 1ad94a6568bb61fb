import ControlWire
import FieldModel
import Testing

@Suite("Seals and keys")
struct SealTests {
    static let start = Instant(nanoseconds: 1_000_000_000)

    static func keys() throws -> (gateway: SessionKeys, console: SessionKeys) {
        let (gateway, console) = (KeyAgreement(), KeyAgreement())
        let transcript = HandshakeTests.transcript(gateway, console)
        return (
            try #require(gateway.keys(with: console.publicKey, transcript)),
            try #require(console.keys(with: gateway.publicKey, transcript))
        )
    }

    static func packet(_ sealer: inout DirectSealer, _ body: [UInt8], at now: Instant = start) -> [UInt8] {
        var packet = [UInt8](repeating: 0, count: body.count + 31)
        let length = body.withUnsafeBytes { body in
            packet.withUnsafeMutableBytes { sealer.seal(body, into: $0, at: now) }
        }
        #expect(length == packet.count)
        return packet
    }

    static func open(_ opener: inout DirectOpener, _ packet: [UInt8], at now: Instant = start) -> DirectOpener.Outcome {
        var body = [UInt8](repeating: 0, count: 128)
        return packet.withUnsafeBytes { packet in
            body.withUnsafeMutableBytes { opener.open(packet, into: $0, at: now) }
        }
    }

    @Test("On MQTT a seal holds for its topic, its direction and its bytes only")
    func broker() throws {
        let (gateway, console) = try Self.keys()
        let body: [UInt8] = Array(1...84)
        func sealed(_ seal: BrokerSeal) -> [UInt8] {
            var mac = [UInt8](repeating: 0, count: 32)
            body.withUnsafeBytes { body in mac.withUnsafeMutableBytes { seal.seal(body, into: $0) } }
            return body + mac
        }
        let message = sealed(BrokerSeal(console.toGateway, topic: "a/cmd"))
        let own = BrokerSeal(gateway.toGateway, topic: "a/cmd")
        #expect(message.withUnsafeBytes { own.open($0)?.count } == 84)
        #expect(message.withUnsafeBytes { BrokerSeal(gateway.toGateway, topic: "b/cmd").open($0) == nil })
        #expect(message.withUnsafeBytes { BrokerSeal(gateway.toConsole, topic: "a/cmd").open($0) == nil })
        for place in message.indices {
            var flipped = message
            flipped[place] ^= 1
            #expect(flipped.withUnsafeBytes { own.open($0) == nil })
        }
        #expect([UInt8](repeating: 0, count: 10).withUnsafeBytes { own.open($0) == nil })
    }

    @Test("A direct packet is opened once; copies are told from forgeries")
    func direct() throws {
        let (gateway, console) = try Self.keys()
        var sealer = DirectSealer(console.directToGateway, tag: console.tag, start: Self.start)
        var opener = DirectOpener(gateway.directToGateway, tag: gateway.tag, start: Self.start)
        let first = Self.packet(&sealer, Array(1...84))
        let second = Self.packet(&sealer, Array(1...84))
        #expect(first != second)
        #expect(first[..<3] == [1, 0, 0])
        let outcomes = [
            Self.open(&opener, second), Self.open(&opener, first), Self.open(&opener, first),
            Self.open(&opener, second),
        ]
        #expect(outcomes == [.body(84, isNewest: true), .body(84, isNewest: false), .copy, .copy])
        for place in first.indices {
            var flipped = Self.packet(&sealer, Array(1...84))
            flipped[place] ^= 0x10
            let outcome = Self.open(&opener, flipped)
            #expect(outcome == .wrong)
        }
        var other = DirectOpener(gateway.directToConsole, tag: gateway.tag, start: Self.start)
        let reflected = Self.open(&other, first)
        #expect(reflected == .wrong)
    }

    @Test("Keys change every 120 s, old ones are refused 180 s after they were due, and none comes early")
    func rekeying() throws {
        let (gateway, console) = try Self.keys()
        var sealer = DirectSealer(console.directToGateway, tag: console.tag, start: Self.start)
        var opener = DirectOpener(gateway.directToGateway, tag: gateway.tag, start: Self.start)
        let early = Self.packet(&sealer, [1, 2, 3], at: Self.start + .seconds(100))
        let late = Self.packet(&sealer, [1, 2, 3], at: Self.start + .seconds(121))
        let much = Self.packet(&sealer, [1, 2, 3], at: Self.start + .seconds(700))
        #expect([early[2], late[2], much[2]] == [0, 1, 5])
        let tooEarly = Self.open(&opener, late, at: Self.start + .seconds(100))
        #expect(tooEarly == .wrong)
        let inTime = Self.open(&opener, late, at: Self.start + .seconds(115))
        #expect(inTime == .body(3, isNewest: true))
        let straggler = Self.open(&opener, early, at: Self.start + .seconds(179))
        #expect(straggler == .body(3, isNewest: false))
        let tooLate = Self.open(&opener, early, at: Self.start + .seconds(181))
        #expect(tooLate == .wrong)
        let afterSilence = Self.open(&opener, much, at: Self.start + .seconds(700))
        #expect(afterSilence == .body(3, isNewest: true))
    }

    @Test("The replay window takes each counter once, in any order within 1024")
    func window() {
        var window = ReplayWindow()
        var taken: Set<UInt64> = []
        var newest: UInt64 = 0
        var state: UInt64 = 9
        for _ in 0..<50_000 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let jump = (state >> 33) % 1500
            let counter = state & 1 == 0 ? newest + jump % 40 : newest - min(newest, jump)
            let expected =
                counter > 0 && !taken.contains(counter) && (counter > newest || newest - counter < ReplayWindow.size)
            let got = window.take(counter)
            #expect(got == expected, "\(counter) at \(newest)")
            if got { taken.insert(counter) }
            newest = max(newest, got ? counter : 0)
        }
        let far = window.take(.max)
        let before = window.take(.max - 1023)
        let beyond = window.take(.max - 1024)
        #expect([far, before, beyond] == [true, true, false])
    }

    @Test("A public key that makes every secret zero is refused")
    func smallOrder() {
        let (gateway, console) = (KeyAgreement(), KeyAgreement())
        let transcript = HandshakeTests.transcript(gateway, console)
        #expect(gateway.keys(with: [UInt8](repeating: 0, count: 32), transcript) == nil)
        #expect(gateway.keys(with: [1] + [UInt8](repeating: 0, count: 31), transcript) == nil)
        #expect(gateway.keys(with: [1, 2, 3], transcript) == nil)
    }
}
