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

    /// Small enough to be exhausted, with two consoles, two crashes and three frames in flight.
    package static var starts: [(String, ControlWorld)] {
        var fromIdle = ControlWorld.Budget()
        (fromIdle.frames, fromIdle.ticks, fromIdle.claims, fromIdle.stops) = (2, 1, 2, 1)
        (fromIdle.crashes, fromIdle.freezes, fromIdle.doubles, fromIdle.drops) = (2, 0, 1, 0)
        fromIdle.intents = [.rest, .hold, .move]
        var driving = ControlWorld.Budget()
        (driving.frames, driving.ticks, driving.claims, driving.stops) = (3, 2, 1, 1)
        (driving.crashes, driving.freezes, driving.doubles, driving.drops) = (2, 0, 0, 0)
        driving.intents = [.rest, .move, .acknowledge]
        var plain = driving
        (plain.crashes, plain.freezes) = (0, 1)
        return [
            ("from IDLE", ControlWorld(budget: fromIdle)), ("from ACTIVE", .driving(budget: driving)),
            ("from ACTIVE, machine without permits", .driving(budget: plain, machine: .plain)),
        ]
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
