import Control
import ControlAttack
import ControlPath
import ControlWire
import FieldModel
import Signing
import Testing

@Suite("What a refusal says")
struct RefusalTextTests {
    private func refusal(_ bench: ControlBench, _ name: String = "anna", _ purpose: ClaimPurpose = .drive)
        -> (reason: String, detail: String)?
    {
        var console = bench.console(name)
        let hello = bench.ask(console.hello(purpose))
        var answers = hello
        for case .offer(let offer) in hello {
            if let take = console.take(offer, of: bench.machineKey.verifying, at: bench.now) {
                answers = bench.ask(take)
            }
        }
        for case .refused(_, let reason, let detail) in answers { return (reason, detail) }
        return nil
    }

    @Test("The machine's watchdog is named with what is wrong in it, and with the repair the e-stop comes to light")
    func watchdog() throws {
        let bench = try #require(ControlBench())
        bench.bus.controller.watchdog = (1000, 1)
        bench.run(.milliseconds(1100))
        let slow = try #require(refusal(bench))
        #expect(slow.reason == "machine_watchdog")
        #expect(slow.detail.hasSuffix("WatchdogTime is 1000 ms, at most 500 ms"), "\(slow)")
        bench.bus.controller.watchdog = (500, 2)
        bench.run(.milliseconds(600))
        let fed = try #require(refusal(bench))
        #expect(fed.detail.hasSuffix("WatchdogMode is 2, must be 1"), "\(fed)")
        bench.bus.controller.watchdog = (500, 1)
        bench.bus.controller.emergencyStop = true
        bench.run(.milliseconds(600))
        #expect(try #require(refusal(bench)).reason == "emergency_stop")
    }

    @Test("Who may not is told their role, and which is needed")
    func roles() throws {
        let bench = try #require(ControlBench())
        bench.run(.milliseconds(700))
        #expect(
            refusal(bench, "stan")?.detail
                == "'stan' is stop-only on the roster: driving needs an operator or a supervisor")
        #expect(
            refusal(bench, "anna", .unlock)?.detail == "'anna' is operator on the roster: unlocking needs a supervisor")
        #expect(refusal(bench, "anna", .force)?.detail.hasSuffix("taking over by force needs a supervisor") == true)
    }

    @Test("Nobody unlocks while the e-stop is pressed, and no wish to do so is kept until it is released")
    func unlocking() throws {
        var attack = try Attack()
        let bench = attack.bench
        bench.bus.controller.emergencyStop = true
        bench.drive(&attack.anna, .milliseconds(600), ControlBench.half)
        try #require(bench.phase == .locked)
        #expect(refusal(bench, "sue", .unlock)?.reason == "emergency_stop")
        bench.bus.controller.emergencyStop = false
        bench.run(.seconds(2))
        #expect(bench.phase == .locked)
        #expect(refusal(bench, "sue", .unlock) == nil)
        bench.run(.seconds(2))
        #expect(bench.phase == .idle)
    }

    @Test("A machine that has fallen silent cannot be reached, whatever it said before")
    func silent() throws {
        let bench = try #require(ControlBench())
        bench.run(.milliseconds(700))
        bench.bus.manner = .timeout
        bench.run(.milliseconds(1500))
        let silent = try #require(refusal(bench))
        #expect(silent == ("device_lost", "the machine cannot be reached: no answer in time"))
    }
}
