import Crypto
import FieldModel
import Signing
import Testing

@testable import ControlWire

/// The vectors of Docs/control-wire.md: computed by another program, from the RFCs.
@Suite("The test vectors of the documentation")
struct VectorTests {
    static let key = SymmetricKey(data: Array(UInt8(0)..<32))

    @Test("A command's seal on MQTT is HMAC-SHA-256 over topic, a zero byte and body")
    func brokerSeal() throws {
        let text =
            "01010100010203040000000000000005000000000000000600000000000000070000000000000009"
            + "000000080000000a00c8007800000003112233445566778803e8fc1800000000000000000000000000000080"
        let body = try #require(Hex.bytes(text, count: FrameLayout.commandBytes))
        var mac = [UInt8](repeating: 0, count: BrokerSeal.macBytes)
        let seal = BrokerSeal(Self.key, topic: "fg/v1/gw/ctl/loader-1/cmd")
        body.withUnsafeBytes { body in mac.withUnsafeMutableBytes { seal.seal(body, into: $0) } }
        #expect(Hex.text(mac) == "ae1bfe79061afdf85e651402d039c2d8a3bde17d6d3f2208a47a1277601270c2")
    }

    @Test("A stop on the direct path is ChaCha20-Poly1305 under salt xor counter")
    func directPacket() {
        var stop = [UInt8](repeating: 0, count: FrameLayout.stopBytes)
        stop.withUnsafeMutableBytes {
            FrameLayout.write(
                StopFrame(session: 0x0102_0304, epoch: 5, id: 0x1122_3344_5566_7788), into: $0)
        }
        let start = Instant(nanoseconds: 1)
        var sealer = DirectSealer(
            SessionKeys.Direct(key: Self.key, salt: Array(0x40..<0x4c)), tag: 0xa1b2_c3d4, start: start)
        var packet = [UInt8](repeating: 0, count: stop.count + 31)
        let length = stop.withUnsafeBytes { stop in
            packet.withUnsafeMutableBytes { sealer.seal(stop, into: $0, at: start) }
        }
        #expect(length == 55)
        #expect(
            Hex.text(packet) == "010000a1b2c3d40000000000000001" + "aa31b274a72e29ab103e902e6eef3b4e1b697095c9004c1b"
                + "34c5d7a91f98dea5705b0c343b08bfa8")
    }

    @Test("A last word names cause and person, and is sealed as a state is")
    func end() throws {
        let frame = EndFrame(
            session: 0x0102_0304, epoch: 5, phase: .safeStop, cause: .takenOver, stopNumber: 3, by: "bob")
        var body = [UInt8](repeating: 0xFF, count: FrameLayout.endBytes)
        body.withUnsafeMutableBytes { FrameLayout.write(frame, into: $0) }
        #expect(
            Hex.text(body) == "0106050801020304000000000000000500000003" + "00000003626f62"
                + String(repeating: "00", count: 45))
        var mac = [UInt8](repeating: 0, count: BrokerSeal.macBytes)
        let seal = BrokerSeal(Self.key, topic: "fg/v1/gw/ctl/loader-1/state")
        body.withUnsafeBytes { body in mac.withUnsafeMutableBytes { seal.seal(body, into: $0) } }
        #expect(Hex.text(mac) == "c5acd52b7ea6d55cd2a402fd0111282c32a7a6d4a9a534974f00c12980dfd28a")
        #expect(body.withUnsafeBytes { FrameLayout.end($0) } == frame)
        body[20] = 1
        #expect(body.withUnsafeBytes { FrameLayout.end($0) } == nil)
        let long = EndFrame(
            session: 1, epoch: 1, phase: .idle, cause: .handedOver, by: String(repeating: "é", count: 40))
        body.withUnsafeMutableBytes { FrameLayout.write(long, into: $0) }
        #expect(body.withUnsafeBytes { FrameLayout.end($0) }?.by == String(repeating: "é", count: 24))
    }

    @Test("A transcript's hash is SHA-256 over its parts, each with its length before it")
    func transcript() {
        let transcript = Transcript(
            purpose: .drive, gateway: "gw", machine: "loader-1", operatorID: "op", role: .operates,
            consoleKey: .init(repeating: 1, count: 32), gatewayKey: .init(repeating: 2, count: 32),
            consoleNonce: .init(repeating: 3, count: 16), gatewayNonce: .init(repeating: 4, count: 16), epoch: 5,
            session: 9, nameplate: .init(repeating: 5, count: 32), direct: ["127.0.0.1:5000"])
        #expect(
            Hex.text(transcript.hash) == "75595d289c65745751edb02511e378ab1c94f9f739a06307414ab6ceec1f953e")
    }
}
