import Control
import ControlAttack
import ControlPath
import ControlWire
import DirectLink
import FieldModel
import MQTTLink
import Signing
import Testing

@Suite("Stops, true ones and others")
struct StopAttackTests {
    @Test("A stop is written before anything else, and nothing follows it", arguments: 0..<4)
    func stops(way: Int) throws {
        var attack = try Attack()
        let bench = attack.bench
        let stan = bench.console("stan")
        bench.run(.milliseconds(5))
        switch way {
        case 0: bench.stop(attack.anna.stop(1))
        case 1: bench.packet(attack.anna.stopPacket(1, at: bench.now))
        case 2: bench.stop(stan.signedStop(1, epoch: bench.session.epoch))
        default: bench.stop(attack.anna.stop(1), retained: true)
        }
        #expect(bench.phase == .safeStop)
        #expect(bench.bus.controller.isNeutral)
        #expect(bench.bus.controller.permit == nil)
        let written = bench.writes.map { "\($0.table) \($0.address)" }
        #expect(written == ["holding 130", "coil 1", "holding 142", "coil 2"])
        #expect(bench.writes[0].values == [0, 0, 0, 42, 0, UInt16(bench.session.stopNumber), 1])
        bench.drive(&attack.anna, .milliseconds(500), ControlBench.half)
        #expect(bench.drives.isEmpty)
        #expect(bench.log.transitions.last == "ACTIVE → SAFE_STOP: stopped")
    }

    @Test("Copies of a stop are one stop, and a stop that was dealt with comes back in vain")
    func copies() throws {
        var attack = try Attack()
        let stan = attack.bench.console("stan")
        let sealed = attack.anna.stop(77)
        let signed = stan.signedStop(78, epoch: attack.anna.epoch)
        for _ in 0..<5 { attack.bench.stop(sealed) }
        #expect(attack.bench.session.stopNumber == 1)
        attack.acknowledge()
        #expect(attack.bench.phase == .armed)
        attack.bench.stop(sealed)
        #expect(attack.bench.phase == .armed)
        attack.bench.stop(signed)
        #expect(attack.bench.phase == .safeStop)
        attack.acknowledge()
        for _ in 0..<5 { attack.bench.stop(signed) }
        #expect(attack.bench.phase == .armed)
        #expect(attack.bench.session.stopNumber == 2)
    }

    @Test("A stop counts in its own epoch: one of a former session is void")
    func formerEpoch() throws {
        var attack = try Attack()
        let (bench, stan) = (attack.bench, attack.bench.console("stan"))
        let old = attack.anna.stop(5)
        bench.drive(&attack.anna, .milliseconds(400))
        bench.drive(&attack.anna, .milliseconds(40)) { $0.flags = .release }
        #expect(bench.phase == .idle)
        var ben = bench.console("ben")
        bench.activate(&ben)
        #expect(bench.phase == .active)
        bench.stop(old)
        bench.stop(stan.signedStop(6, epoch: attack.anna.epoch))
        bench.stop(ben.stop(7, epoch: attack.anna.epoch))
        bench.stop(stan.signedStop(8, epoch: ben.epoch + 1))
        #expect(bench.phase == .active)
        bench.stop(stan.signedStop(9, epoch: ben.epoch))
        #expect(bench.phase == .safeStop)
    }

    @Test("A stranger's signature stops nobody, and neither does one with a bit changed")
    func stranger() throws {
        let attack = try Attack()
        let stan = attack.bench.console("stan")
        attack.refuses(.badMAC) { attack.bench.stop(stan.signedStop(1, epoch: attack.anna.epoch, by: SigningKey())) }
        let good = stan.signedStop(1, epoch: attack.anna.epoch)
        attack.refuses(.badMAC, good.count) {
            for place in good.indices {
                var flipped = good
                flipped[place] ^= 1
                attack.bench.stop(flipped)
            }
        }
        attack.bench.stop(good)
        #expect(attack.bench.phase == .safeStop)
    }

    @Test("An acknowledgement names its stop, comes in neutral, and is worth nothing before standstill")
    func acknowledgements() throws {
        var attack = try Attack()
        let bench = attack.bench
        bench.stop(attack.anna.stop(1))
        bench.forget()
        bench.drive(&attack.anna, .milliseconds(300)) { $0.acknowledgedStop = 2 }
        bench.drive(&attack.anna, .milliseconds(300)) {
            $0.acknowledgedStop = 1
            $0.axes[0] = 1
        }
        #expect(bench.phase == .safeStop)
        bench.drive(&attack.anna, .milliseconds(100)) { $0.acknowledgedStop = 1 }
        #expect(bench.phase == .armed)
        #expect(bench.moving.isEmpty)
    }

    @Test("Stops without end, each with a number of its own, never keep the safe state from being written")
    func floodOfStops() throws {
        let attack = try Attack()
        let bench = attack.bench
        (bench.bus.waiting, bench.bus.lateness) = (.milliseconds(15), .milliseconds(5))
        for number in 1...200 as ClosedRange<UInt64> {
            bench.stop(attack.anna.stop(number))
            bench.run(.milliseconds(3))
        }
        #expect(bench.bus.controller.isNeutral)
        let fences = bench.writes.count { $0.address == 130 }
        let brakes = bench.writes.count { $0.address == 142 && $0.values == [1] }
        #expect(fences > 5 && brakes > 5, "\(fences) fences, \(brakes) brakes")
        #expect(bench.moving.isEmpty)
    }
}
