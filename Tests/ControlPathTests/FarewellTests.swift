import Control
import ControlAttack
import ControlPath
import ControlWire
import FieldModel
import Testing

@Suite("The last word in a session")
struct FarewellTests {
    private func heard(_ attack: Attack) -> [EndFrame] { attack.bench.air.ends.compactMap { attack.anna.end($0) } }

    @Test("A forced take-over names who took the machine, some times over, and nobody else can say so")
    func takenOver() throws {
        let attack = try Attack()
        let bench = attack.bench
        var sue = bench.console("sue")
        _ = bench.grant(&sue, .force)
        bench.run(.milliseconds(400))
        let ends = heard(attack)
        #expect(ends.count == 6 && Set(ends).count == 1)
        let end = try #require(ends.first)
        #expect((end.session, end.epoch) == (attack.anna.session, attack.anna.epoch))
        #expect((end.phase, end.cause, end.by) == (.safeStop, .takenOver, "sue"))
        var forged = try #require(bench.air.ends.first)
        forged[30] ^= 1
        #expect(attack.anna.end(forged) == nil)
        #expect(bench.air.ends.allSatisfy { sue.end($0) == nil })
    }

    @Test("What the machine does is named: emergency stop, local key", arguments: [true, false])
    func machine(isEmergency: Bool) throws {
        var attack = try Attack()
        let bench = attack.bench
        if isEmergency { bench.bus.controller.emergencyStop = true } else { bench.bus.controller.localKey = true }
        bench.drive(&attack.anna, .milliseconds(600), ControlBench.half)
        let end = try #require(heard(attack).first)
        #expect(end.phase == (isEmergency ? .locked : .safeStop))
        #expect(end.cause == (isEmergency ? .emergencyStop : .localOperator))
    }

    @Test("A machine that was let go says so to whoever let it go")
    func released() throws {
        var attack = try Attack()
        let bench = attack.bench
        bench.drive(&attack.anna, .milliseconds(600)) { $0.flags = .release }
        let end = try #require(heard(attack).first)
        #expect((end.phase, end.cause) == (.idle, .released))
    }

    @Test("The third stop out of motion within a minute locks, and the last word says that it was the third")
    func thirdStop() throws {
        var attack = try Attack()
        let bench = attack.bench
        for id in UInt64(1)...3 {
            bench.stop(attack.anna.stop(id))
            guard id < 3 else { break }
            attack.acknowledge()
            bench.drive(&attack.anna, .milliseconds(360)) { $0.flags = .enable }
            bench.drive(&attack.anna, .milliseconds(100), ControlBench.half)
            try #require(bench.phase == .active)
        }
        bench.run(.milliseconds(50))
        let end = try #require(heard(attack).first)
        #expect((end.phase, end.cause) == (.locked, .tooManyStops))
    }
}
