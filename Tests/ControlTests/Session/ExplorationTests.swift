import Control
import ControlModel
import Testing

/// The small edition; `make explore` runs the whole one.
@Suite("Every order of events")
struct ExplorationTests {
    @Test("Random schedules of two consoles, crashes, freezes, losses and doubles break no invariant")
    func wander() {
        var budget = ControlWorld.Budget()
        (budget.frames, budget.ticks, budget.claims, budget.stops, budget.crashes) = (40, 40, 6, 3, 4)
        let found = Exploration.wander(ControlWorld(budget: budget), schedules: 400, length: 120, seed: 11)
        #expect(found.broken == nil, "\(found.path)")
        #expect(found.states == 400)
    }

    @Test(
        "Without a guard something breaks", arguments: ["purge", "recheck", "confirm", "name the stop", "stops always"])
    func guards(name: String) throws {
        let (missing, _, machine) = try #require(ExplorationRun.guardNames.first { $0.1 == name })
        let found = ExplorationRun.counterexample(without: missing, machine: machine)
        #expect(found.broken != nil)
    }
}
