import Control
import Glibc

/// Prints what was explored, and ends with 1 if something broke that must not, or did not break that must.
package enum ExplorationRun {
    package static let guardNames: [(SessionGuards, String, ModelledMachine.Kind)] = [
        (.purge, "purge", .plain), (.recheck, "recheck", .plain), (.basis, "basis", .permits),
        (.confirm, "confirm", .permits), (.nameStop, "name the stop", .permits),
        (.enableLow, "enable low first", .permits), (.stopAlways, "stops always", .permits),
        (.persist, "persist", .permits), (.newest, "newest only", .permits),
    ]

    package static func run(arguments: [String]) {
        let schedules = arguments.dropFirst().first.flatMap { Int($0) } ?? 1_000_000
        let limit = arguments.dropFirst(2).first.flatMap { Int($0) } ?? 20_000_000
        var failed = false
        for (name, world) in starts {
            let found = Exploration.exhaust(world, limit: limit)
            report(name, found)
            failed = failed || found.broken != nil
        }
        for (missing, name, machine) in guardNames {
            let found = counterexample(without: missing, machine: machine)
            let words = found.broken ?? "NOTHING BREAKS"
            defer { fflush(nil) }
            print("without \(name): \(words), after \(found.states) states, \(found.path.count) steps")
            failed = failed || found.broken == nil
        }
        var roomy = ControlWorld.Budget()
        (roomy.frames, roomy.ticks, roomy.claims, roomy.stops, roomy.crashes) = (40, 40, 6, 3, 4)
        let random = Exploration.wander(ControlWorld(budget: roomy), schedules: schedules, length: 120, seed: 4)
        report("\(schedules) random schedules", random)
        failed = failed || random.broken != nil
        if failed { exit(1) }
    }

    /// Small enough to be exhausted; together: two consoles, two crashes, three frames in flight, lost (never
    /// delivered), doubled and reordered.
    package static var starts: [(String, ControlWorld)] {
        [
            ("from IDLE: two claims, two crashes", ControlWorld(budget: claims)),
            ("from ACTIVE: three frames in flight, a double, a stop", .driving(budget: frames)),
            ("from ACTIVE: two frames, two crashes, a take-over", .driving(budget: crashes)),
            ("from ACTIVE, machine without permits: a freeze", .driving(budget: plain, machine: .plain)),
        ]
    }

    private static var none: ControlWorld.Budget {
        var budget = ControlWorld.Budget()
        (budget.frames, budget.ticks, budget.claims, budget.stops) = (0, 0, 0, 0)
        (budget.crashes, budget.freezes, budget.doubles, budget.drops) = (0, 0, 0, 0)
        return budget
    }

    private static var claims: ControlWorld.Budget {
        var budget = none
        (budget.frames, budget.ticks, budget.claims, budget.crashes) = (1, 1, 2, 2)
        budget.intents = [.rest, .move]
        return budget
    }

    private static var frames: ControlWorld.Budget {
        var budget = none
        (budget.frames, budget.ticks, budget.stops, budget.doubles) = (3, 1, 1, 1)
        budget.intents = [.rest, .move, .acknowledge]
        return budget
    }

    private static var crashes: ControlWorld.Budget {
        var budget = none
        (budget.frames, budget.ticks, budget.claims, budget.crashes) = (2, 1, 1, 2)
        budget.intents = [.rest, .move, .acknowledge]
        return budget
    }

    private static var plain: ControlWorld.Budget {
        var budget = none
        (budget.frames, budget.ticks, budget.stops, budget.freezes) = (3, 1, 1, 1)
        return budget
    }

    /// Looks where the guard matters, first in breadth by chance, then by exhaustion.
    package static func counterexample(
        without missing: SessionGuards, machine: ModelledMachine.Kind
    ) -> Exploration {
        var budget = ControlWorld.Budget()
        (budget.frames, budget.ticks, budget.claims, budget.stops, budget.crashes) = (10, 12, 2, 2, 2)
        let guards = SessionGuards.all.subtracting(missing)
        let driving = ControlWorld.driving(budget: budget, guards: guards, machine: machine)
        let found = Exploration.wander(driving, schedules: 30_000, length: 60, seed: 1)
        if found.broken != nil { return found }
        let idle = ControlWorld(budget: budget, guards: guards, machine: machine)
        return Exploration.wander(idle, schedules: 60_000, length: 80, seed: 2)
    }

    private static func report(_ name: String, _ found: Exploration) {
        let words =
            found.broken.map { "BROKEN: \($0) by \(found.path.map(\.description).joined(separator: ", "))" }
            ?? "nothing breaks"
        let extent = found.isComplete ? "complete" : "NOT complete"
        defer { fflush(nil) }
        print("\(name): \(found.states) states, \(found.steps) steps, \(extent): \(words)")
    }
}
