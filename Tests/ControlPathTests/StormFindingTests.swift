import Control
import ControlAttack
import ControlPath
import ControlWire
import DirectLink
import FieldModel
import MQTTLink
import Testing

/// What the storm found once, each by itself.
@Suite("What a storm found")
struct StormFindingTests {
    @Test("A ramp after a pause ends where the last fresh frame is too old for any motion")
    func rampAfterPause() throws {
        var attack = try Attack()
        let bench = attack.bench
        attack.anna.hear(bench.air.state)
        let echoed = Instant(nanoseconds: Int64(attack.anna.state.time) * 1000)
        bench.run(.milliseconds(140))
        bench.command(attack.anna.sealed(attack.anna.frame(ControlBench.half)))
        bench.run(.milliseconds(50))
        // Released at an age that is just fresh, and nothing after it.
        bench.command(attack.anna.sealed(attack.anna.frame()))
        #expect(bench.phase == .armed)
        bench.run(.milliseconds(400))
        let last = try #require(bench.drives.last { $0.drive.axes != .zero })
        #expect(echoed.duration(to: last.at) <= .milliseconds(300))
        #expect(bench.bus.controller.isNeutral)
    }

    @Test("A frame leaves while its own echo is fresh, and within its own lifetime", arguments: [true, false])
    func ownFreshness(byEcho: Bool) throws {
        var attack = try Attack()
        let bench = attack.bench
        attack.anna.hear(bench.air.state)
        let old = attack.anna.state
        bench.run(.milliseconds(byEcho ? 160 : 20))
        bench.send(&attack.anna, ControlBench.half)
        bench.run(.milliseconds(20))
        bench.bus.waiting = .milliseconds(60)
        bench.forget()
        let frame = attack.anna.frame { frame in
            frame.flags = .enable
            frame.axes[0] = 900
            if byEcho { (frame.echoSequence, frame.echoTime) = (old.sequence, old.time) } else { frame.lifetime = 50 }
        }
        bench.command(attack.anna.sealed(frame))
        #expect(bench.newestFrame == frame.sequence)
        bench.run(.milliseconds(500))
        #expect(!bench.drives.contains { $0.drive.axes[0] == 900 })
    }

    @Test("What came too late to be written is not what a ramp begins at")
    func lateWish() throws {
        var attack = try Attack()
        let bench = attack.bench
        bench.drive(&attack.anna, .milliseconds(60)) { $0.flags = .enable }
        #expect(bench.bus.controller.axes == .zero)
        bench.bus.waiting = .milliseconds(60)
        attack.anna.hear(bench.air.state)
        let frame = attack.anna.frame { frame in
            ControlBench.half(&frame)
            frame.lifetime = 30
        }
        bench.command(attack.anna.sealed(frame))
        bench.forget()
        bench.run(.milliseconds(400))
        #expect(bench.moving.isEmpty)
        #expect(bench.phase == .safeStop)
    }
}
