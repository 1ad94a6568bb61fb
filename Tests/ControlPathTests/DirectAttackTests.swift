import Control
import ControlAttack
import ControlPath
import ControlWire
import DirectLink
import FieldModel
import MQTTLink
import Testing

@Suite("Packets of the direct path that somebody has touched")
struct DirectAttackTests {
    private func packet(_ attack: inout Attack, _ travel: Int16 = 500) -> [UInt8] {
        attack.bench.run(.milliseconds(20))
        attack.anna.hear(attack.bench.air.state)
        let frame = attack.anna.frame {
            $0.flags = .enable
            $0.axes[0] = travel
        }
        return attack.anna.packet(frame, at: attack.bench.now)
    }

    @Test("Copies on both paths and on MQTT are one frame, and no replay of either writes")
    func copies() throws {
        var attack = try Attack()
        let bench = attack.bench
        bench.run(.milliseconds(20))
        attack.anna.hear(bench.air.state)
        let frame = attack.anna.frame(ControlBench.half)
        let (direct, sealed) = (attack.anna.packet(frame, at: bench.now), attack.anna.sealed(frame))
        let before = attack.rejects
        bench.packet(direct, path: 0)
        bench.packet(direct, path: 1)
        bench.command(sealed)
        #expect(bench.drives.count == 1)
        #expect(attack.rejects == before)
        attack.refuses(.replay, 10) { for _ in 0..<10 { bench.command(sealed) } }
        for _ in 0..<10 { bench.packet(direct) }
        #expect(bench.drives.count == 1)
    }

    @Test("Every flipped bit is found; what names another session is not even opened")
    func flipped() throws {
        var attack = try Attack()
        let packet = packet(&attack)
        let opened = [0, 3, 4, 5, 6]
        let others = packet.indices.filter { !opened.contains($0) }
        attack.refuses(.badMAC, others.count * 8) {
            for bit in others.flatMap({ place in (0..<8).map { place * 8 + $0 } }) {
                var flipped = packet
                flipped[bit / 8] ^= 1 << UInt8(bit % 8)
                attack.bench.packet(flipped)
            }
        }
        attack.refuses(.badMAC, packet.count - 32) {
            for length in 32..<packet.count { attack.bench.packet(Array(packet[..<length])) }
        }
        attack.bench.packet(packet)
        #expect(attack.bench.drives.count == 1)
    }

    @Test("Overtaken packets write nothing, whatever path they come by")
    func reordered() throws {
        var attack = try Attack()
        let packets = (1...5).map { packet(&attack, Int16($0 * 100)) }
        for (index, packet) in packets.reversed().enumerated() { attack.bench.packet(packet, path: index % 2) }
        #expect(attack.bench.drives.map(\.drive.axes[0]) == [500])
    }

    @Test("Bodies that are no command and no stop are counted, and do nothing")
    func otherBodies() throws {
        var attack = try Attack()
        let now = attack.bench.now
        let bodies: [(FrameReject, [UInt8])] = [
            (.malformed, attack.anna.packet(8, at: now) { FrameLayout.writePath(0, session: 1, into: $0) }),
            (.malformed, attack.anna.packet(104, at: now) { FrameLayout.write(StateFrame(), into: $0) }),
            (.malformed, attack.anna.packet(1, at: now) { $0[0] = 1 }),
            (.malformed, attack.anna.packet(200, at: now) { $0[0] = 1 }),
        ]
        for (reject, packet) in bodies { attack.refuses(reject) { attack.bench.packet(packet) } }
    }

    @Test("Packets longer than any are nobody's")
    func tooLong() throws {
        var attack = try Attack()
        let packet = attack.anna.packet(400, at: attack.bench.now) { $0[0] = 1 }
        attack.refuses(.badMAC) { attack.bench.packet(packet) }
    }

    @Test("States go where the newest authentic packet came from, and forged packets move nothing")
    func address() throws {
        var attack = try Attack()
        #expect(attack.bench.air.targets.isEmpty)
        var forged = packet(&attack)
        let good = forged
        forged[40] ^= 1
        attack.bench.packet(forged)
        attack.bench.run(.milliseconds(40))
        #expect(attack.bench.air.targets.isEmpty)
        attack.bench.packet(good)
        attack.bench.run(.milliseconds(40))
        #expect(attack.bench.station.seals?.heard[0]?.port == 5000)
    }
}
