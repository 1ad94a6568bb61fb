import Control
import ControlAttack
import ControlPath
import ControlWire
import DirectLink
import FieldModel
import MQTTLink
import Testing

@Suite("Consoles that lie about what they have seen")
struct EchoAttackTests {
    @Test(
        "An echo counts when it names a state that was sent, with the time that it carried",
        arguments: [
            // Number and microseconds by which the echo differs from the newest state.
            (1, 20_000), (1, 0), (0, 1), (0, -1), (-1, 0), (0, 200_000), (1_000, 1_000_000), (-1_000_000, 0),
        ])
    func inventedEchoes(number: Int64, time: Int64) throws {
        var attack = try Attack()
        attack.bench.run(.milliseconds(20))
        attack.anna.hear(attack.bench.air.state)
        let frame = attack.anna.frame {
            ControlBench.half(&$0)
            $0.echoSequence = UInt32(truncatingIfNeeded: Int64($0.echoSequence) + number)
            $0.echoTime = UInt64(bitPattern: Int64($0.echoTime) + time)
        }
        attack.refuses(.badEcho) { attack.bench.command(attack.anna.sealed(frame)) }
    }

    @Test("Extreme echo times are no echoes")
    func extremes() throws {
        for time in [0, .max, UInt64(Int64.max), UInt64(Int64.max / 1000) + 1] as [UInt64] {
            var attack = try Attack()
            attack.anna.hear(attack.bench.air.state)
            let frame = attack.anna.frame { $0.echoTime = time }
            attack.refuses(.badEcho) { attack.bench.command(attack.anna.sealed(frame)) }
        }
    }

    @Test("A true echo that is too old is EXPIRED, and a console that repeats one comes to a stop in time")
    func oldEcho() throws {
        var attack = try Attack()
        attack.anna.hear(attack.bench.air.state)
        let old = attack.anna.state
        let since = attack.bench.now
        while attack.bench.phase != .safeStop, since.duration(to: attack.bench.now) < .seconds(1) {
            attack.bench.run(.milliseconds(20))
            attack.bench.command(
                attack.anna.sealed(
                    attack.anna.frame {
                        ControlBench.half(&$0)
                        ($0.echoSequence, $0.echoTime) = (old.sequence, old.time)
                    }))
        }
        #expect(attack.bench.phase == .safeStop)
        let echoed = Instant(nanoseconds: Int64(old.time) * 1000)
        #expect(echoed.duration(to: attack.bench.now) <= .milliseconds(330))
        #expect(attack.bench.bus.controller.axes == .zero)
        let last = attack.bench.drives.last { $0.drive.axes != .zero }
        #expect(last.map { echoed.duration(to: $0.at) <= .milliseconds(310) } == true)
        #expect(attack.bench.session.lastReject == .expired)
    }

    @Test("A frame's own lifetime shortens its life, and never lengthens it")
    func lifetimes() throws {
        var attack = try Attack()
        attack.anna.hear(attack.bench.air.state)
        attack.bench.run(.milliseconds(60))
        var frame = attack.anna.frame {
            ControlBench.half(&$0)
            $0.lifetime = 50
        }
        attack.refuses(.expired) { attack.bench.command(attack.anna.sealed(frame)) }
        attack.bench.run(.milliseconds(150))
        frame.sequence += 1
        frame.lifetime = .max
        attack.refuses(.expired) { attack.bench.command(attack.anna.sealed(frame)) }
    }

    @Test("What a console sent before it was suspended comes in a burst, and moves nothing")
    func resumedConsole() throws {
        var attack = try Attack()
        var late: [[UInt8]] = []
        for _ in 0..<50 {
            attack.bench.run(.milliseconds(20))
            attack.anna.hear(attack.bench.air.state)
            late.append(attack.anna.sealed(attack.anna.frame(ControlBench.half)))
        }
        #expect(attack.bench.phase == .safeStop)
        attack.bench.run(.milliseconds(300))
        attack.bench.forget()
        attack.refuses(.expired, 50) { late.forEach { attack.bench.command($0) } }
        #expect(attack.bench.drives.isEmpty)
        attack.acknowledge()
        #expect(attack.bench.phase == .armed)
        #expect(attack.bench.moving.isEmpty)
    }

    @Test("A gateway that stood still sees the time before it sees what waited in its sockets")
    func resumedGateway() throws {
        var attack = try Attack()
        attack.bench.run(.milliseconds(20))
        attack.anna.hear(attack.bench.air.state)
        let waiting = attack.anna.sealed(attack.anna.frame(ControlBench.half))
        attack.bench.freeze(.milliseconds(400))
        attack.bench.command(waiting)
        #expect(attack.bench.phase == .safeStop)
        #expect(attack.bench.drives.isEmpty)
        #expect(attack.bench.bus.controller.axes == .zero)
    }
}
