import Control
import ControlAttack
import ControlPath
import ControlWire
import DirectLink
import FieldModel
import MQTTLink
import Testing

@Suite("Frames that somebody has touched")
struct FrameAttackTests {
    @Test("A frame is written once: replays are counted, and write nothing")
    func replay() throws {
        var attack = try Attack()
        var sent: [[UInt8]] = []
        for travel in [100, 200, 300] as [Int16] {
            attack.bench.run(.milliseconds(20))
            attack.anna.hear(attack.bench.air.state)
            let frame = attack.anna.frame {
                $0.flags = .enable
                $0.axes[0] = travel
            }
            sent.append(attack.anna.sealed(frame))
            attack.bench.command(sent[sent.count - 1])
        }
        #expect(attack.bench.drives.map(\.drive.axes[0]) == [100, 200, 300])
        attack.refuses(.replay, 30) { for _ in 0..<10 { sent.reversed().forEach { attack.bench.command($0) } } }
        #expect(attack.bench.bus.controller.axes[0] == 300)
    }

    @Test("A frame that was overtaken writes nothing")
    func reordered() throws {
        var attack = try Attack()
        attack.bench.run(.milliseconds(20))
        attack.anna.hear(attack.bench.air.state)
        let early = attack.anna.sealed(attack.anna.frame(ControlBench.half))
        attack.bench.send(&attack.anna) { $0.flags = .enable }
        let (writes, axes) = (attack.bench.writes.count, attack.bench.bus.controller.axes)
        attack.bench.command(early)
        #expect(attack.bench.writes.count == writes)
        #expect(axes == .zero && attack.bench.bus.controller.axes == .zero)
        attack.refuses(.replay) { attack.bench.command(early) }
    }

    @Test("Every flipped bit and every missing byte is found")
    func flipped() throws {
        var attack = try Attack()
        attack.bench.run(.milliseconds(20))
        attack.anna.hear(attack.bench.air.state)
        let sealed = attack.anna.sealed(attack.anna.frame(ControlBench.half))
        attack.refuses(.badMAC, sealed.count * 8) {
            for bit in 0..<(sealed.count * 8) {
                var flipped = sealed
                flipped[bit / 8] ^= 1 << UInt8(bit % 8)
                attack.bench.command(flipped)
            }
        }
        attack.refuses(.badMAC, sealed.count) {
            for length in sealed.indices { attack.bench.command(Array(sealed[..<length])) }
        }
        attack.refuses(.badMAC) { attack.bench.command(sealed + [0]) }
        attack.bench.command(sealed)
        #expect(attack.bench.drives.count == 1)
    }

    @Test("A frame for another topic has the wrong seal there: a stop is no command, a command no stop")
    func otherTopic() throws {
        let attack = try Attack()
        let stop = attack.anna.stop(5)
        attack.refuses(.badMAC) { attack.bench.command(stop) }
        var anna = attack.anna
        let command = anna.sealed(anna.frame())
        attack.refuses(.badMAC) { attack.bench.stop(command) }
    }

    @Test("A retained frame is as old as nobody knows")
    func retained() throws {
        var attack = try Attack()
        attack.bench.run(.milliseconds(20))
        attack.anna.hear(attack.bench.air.state)
        let sealed = attack.anna.sealed(attack.anna.frame(ControlBench.half))
        attack.refuses(.retained) { attack.bench.command(sealed, retained: true) }
        attack.bench.forget()
        attack.bench.publish(attack.anna.hello(), to: attack.bench.topics.requestBytes, retained: true)
        #expect(attack.bench.answers.isEmpty)
    }

    @Test("Another epoch, another session, another profile and axes out of range are refused, sealed or not")
    func otherTerms() throws {
        let changes: [(FrameReject, @Sendable (inout CommandFrame) -> Void)] = [
            (.badEpoch, { $0.epoch -= 1 }), (.badEpoch, { $0.epoch += 1 }), (.badEpoch, { $0.session &+= 1 }),
            (.range, { $0.profile ^= 1 }), (.range, { $0.axes[0] = 1001 }), (.range, { $0.axes[7] = .min }),
        ]
        for (reject, change) in changes {
            var attack = try Attack()
            attack.bench.run(.milliseconds(20))
            attack.anna.hear(attack.bench.air.state)
            let frame = attack.anna.sealed(
                attack.anna.frame {
                    ControlBench.half(&$0)
                    change(&$0)
                })
            attack.refuses(reject) { attack.bench.command(frame) }
        }
    }

    @Test("Of a flood as many frames count as may come at once, and the machine follows the last of them")
    func flood() throws {
        var attack = try Attack()
        attack.bench.run(.milliseconds(100))
        attack.anna.hear(attack.bench.air.state)
        attack.bench.forget()
        let before = attack.rejects
        for number in 1...1000 {
            let frame = attack.anna.frame {
                $0.flags = .enable
                $0.axes[0] = Int16(number)
            }
            attack.bench.command(attack.anna.sealed(frame))
        }
        #expect(attack.bench.drives.map(\.drive.axes[0]) == Array(1...9))
        #expect(attack.rejects - before == 991)
        #expect(attack.bench.session.lastReject == .tooFast)
        #expect(attack.bench.phase == .active)
    }

    @Test("Numbers as small and as large as they get harm nobody but their sender", arguments: [true, false])
    func extremeNumbers(isDirect: Bool) throws {
        var attack = try Attack()
        for number in [0, 1, .max - 1, .max, 0, .max] as [UInt64] {
            attack.bench.run(.milliseconds(20))
            attack.anna.hear(attack.bench.air.state)
            let frame = attack.anna.frame {
                $0.sequence = number
                $0.flags = .enable
            }
            if isDirect {
                attack.bench.packet(attack.anna.packet(frame, at: attack.bench.now))
            } else {
                attack.bench.command(attack.anna.sealed(frame))
            }
        }
        attack.bench.run(.milliseconds(600))
        #expect(attack.bench.phase == .safeStop)
    }

    @Test("Enable that is stuck on never moves the machine, from the start or after a stop")
    func stuckEnable() throws {
        let bench = try #require(ControlBench())
        var anna = bench.console("anna")
        bench.run(.milliseconds(700))
        let isGranted = bench.grant(&anna)
        #expect(isGranted)
        bench.drive(&anna, .milliseconds(1500)) { $0.flags = .enable }
        bench.drive(&anna, .milliseconds(1500), ControlBench.half)
        #expect(bench.phase == .armed)
        #expect(bench.moving.isEmpty)

        var attack = try Attack()
        attack.bench.stop(attack.anna.stop(1))
        attack.bench.drive(&attack.anna, .milliseconds(400)) { $0.flags = .enable }
        let stop = attack.bench.session.stopNumber
        attack.bench.forget()
        attack.bench.drive(&attack.anna, .milliseconds(2000)) {
            $0.flags = .enable
            $0.acknowledgedStop = stop
        }
        #expect(attack.bench.phase == .armed)
        #expect(attack.bench.moving.isEmpty)
        #expect(attack.bench.drives.allSatisfy { !$0.drive.enable })
    }
}
