import Control
import ControlAttack
import ControlPath
import ControlWire
import DirectLink
import FieldModel
import MQTTLink
import Testing

@Suite("Machines that answer late, wrongly or not at all")
struct MachineFaultTests {
    @Test("A machine that answers late gets the newest frame, each while it is fresh", arguments: [10, 40])
    func late(milliseconds: Int) throws {
        var attack = try Attack()
        let bench = attack.bench
        bench.bus.lateness = .milliseconds(milliseconds)
        var travel: Int16 = 100
        for _ in 0..<50 {
            bench.run(.milliseconds(20))
            travel += 1
            bench.send(&attack.anna) {
                $0.flags = .enable
                $0.axes[0] = travel
            }
        }
        #expect(bench.phase.isDriving)
        let written = bench.drives.map(\.drive.axes[0])
        #expect(zip(written, written.dropFirst()).allSatisfy { $0 < $1 })
        #expect(written.count > 500 / milliseconds / 2)
        #expect(try #require(written.last) > 140)
    }

    @Test("What waited too long for a shared bus is not written any more")
    func waiting() throws {
        var attack = try Attack()
        let bench = attack.bench
        bench.bus.waiting = .milliseconds(250)
        bench.drive(&attack.anna, .milliseconds(400), ControlBench.half)
        #expect(bench.moving.isEmpty)
        bench.run(.seconds(1))
        #expect(bench.phase == .safeStop)
        #expect(bench.bus.controller.isNeutral)
    }

    @Test("What a stop finds waiting for a shared bus is not written any more")
    func stopWhileWaiting() throws {
        var attack = try Attack()
        let bench = attack.bench
        bench.bus.waiting = .milliseconds(30)
        bench.run(.milliseconds(20))
        bench.send(&attack.anna, ControlBench.half)
        bench.stop(attack.anna.stop(1))
        bench.run(.milliseconds(200))
        #expect(bench.drives.isEmpty)
        #expect(bench.writes.first?.address == 130)
        #expect(bench.bus.controller.isNeutral)
    }

    @Test("A stop between two writes of one drive keeps the second from leaving")
    func stopBetweenWrites() throws {
        var attack = try Attack()
        let bench = attack.bench
        bench.bus.lateness = .milliseconds(20)
        bench.run(.milliseconds(100))
        bench.forget()
        bench.send(&attack.anna) {
            ControlBench.half(&$0)
            $0.buttons = 1
        }
        for _ in 0..<50 where bench.moving.isEmpty { bench.run(.milliseconds(1)) }
        #expect(!bench.moving.isEmpty)
        bench.run(.milliseconds(10))
        bench.stop(attack.anna.stop(1))
        bench.run(.milliseconds(200))
        #expect(!bench.writes.contains { $0.table == .coil && $0.address == 1 && $0.values == [1] })
        #expect(!bench.bus.controller.horn)
        #expect(bench.bus.controller.isNeutral)
    }

    /// A machine like that is stopped within the silence that is allowed and one report.
    @Test(
        "A machine that cannot be driven or asked any more is stopped",
        arguments: [
            BenchBus.Manner.exception(4), .exception(2), .readException(4), .timeout, .readTimeout, .refused, .never,
        ])
    func faults(manner: BenchBus.Manner) throws {
        var attack = try Attack()
        let bench = attack.bench
        bench.bus.manner = manner
        let since = bench.now
        while bench.phase.isDriving, since.duration(to: bench.now) < .seconds(3) {
            bench.drive(&attack.anna, .milliseconds(20), ControlBench.half)
        }
        #expect(bench.phase == .safeStop)
        #expect(since.duration(to: bench.now) <= .milliseconds(260))
        #expect(bench.log.transitions.last == "ACTIVE → SAFE_STOP: device_lost")
    }

    @Test("A machine whose safe state does not read back is never armed again: LOCKED after ten seconds")
    func stuckSafeState() throws {
        var attack = try Attack()
        let bench = attack.bench
        bench.bus.distort = { request, words in request.address == 142 && request.count == 1 ? [0] : words }
        bench.stop(attack.anna.stop(1))
        bench.drive(&attack.anna, .seconds(9)) { $0.acknowledgedStop = 1 }
        #expect(bench.phase == .safeStop)
        bench.drive(&attack.anna, .seconds(2)) { $0.acknowledgedStop = 1 }
        #expect(bench.phase == .locked)
        #expect(bench.drives.isEmpty)
        #expect(bench.log.transitions.last == "SAFE_STOP → LOCKED: not_confirmed")
    }

    @Test("Set-points that stay where they were, or say so, are not neutral")
    func stuckReadBack() throws {
        var attack = try Attack()
        let bench = attack.bench
        let (moving, since) = (bench.bus.controller, bench.now)
        bench.bus.distort = { request, words in
            var stuck = moving
            return request.table == .input ? stuck.read(request, at: since) : words
        }
        bench.stop(attack.anna.stop(1))
        bench.drive(&attack.anna, .seconds(11)) { $0.acknowledgedStop = 1 }
        #expect(bench.phase == .locked)
        #expect(bench.drives.isEmpty)
    }

    @Test("A machine that forgets its permit, trips, or is taken over on the spot is stopped")
    func machineSaysNo() throws {
        for fault in 0..<4 {
            var attack = try Attack()
            let bench = attack.bench
            switch fault {
            case 0: bench.bus.controller.emergencyStop = true
            case 1: bench.bus.controller.localKey = true
            case 2: bench.bus.controller.coolantAlarm = true
            default: bench.bus.controller.watchdog.mode = 2
            }
            bench.drive(&attack.anna, .milliseconds(100), ControlBench.half)
            let causes = ["emergency_stop", "local_operator", "interlock", "machine_watchdog"]
            #expect(!bench.phase.isDriving && bench.phase != .armed)
            #expect(bench.log.transitions.contains { $0.hasSuffix(causes[fault]) })
            #expect(bench.bus.controller.isNeutral)
        }
    }

    @Test("The connection to the machine goes while it moves: SAFE_STOP at once, written when it is back")
    func lostConnection() throws {
        let attack = try Attack()
        let bench = attack.bench
        bench.bus.manner = .refused
        bench.bus.connect(false)
        bench.settle()
        #expect(bench.phase == .safeStop)
        bench.run(.milliseconds(700))
        #expect(bench.bus.controller.hasTripped || !bench.bus.controller.isNeutral)
        bench.bus.manner = .good
        bench.bus.connect(true)
        bench.run(.milliseconds(50))
        #expect(bench.writes.first?.address == 130)
        #expect(bench.bus.controller.isNeutral)
    }
}
