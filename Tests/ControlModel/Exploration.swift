import Control
import FieldModel

/// What an exploration found.
package struct Exploration: Sendable {
    package var states = 0
    package var steps = 0
    package var isComplete = true
    /// What broke, and the steps that led there.
    package var broken: String?
    package var path: [ControlWorld.Step] = []

    /// Every state that can be reached from `start`, each once; at most `limit`. Stops at what breaks first.
    package static func exhaust(_ start: ControlWorld, limit: Int) -> Exploration {
        var result = Exploration()
        var seen: Set<Int> = []
        var stack: [(world: ControlWorld, trace: Int)] = [(start, -1)]
        var traces: [(before: Int, step: ControlWorld.Step)] = []
        while let (world, trace) = stack.popLast() {
            for step in world.steps {
                var next = world
                next.take(step)
                result.steps += 1
                guard seen.insert(next.hashValue).inserted else { continue }
                result.states += 1
                traces.append((trace, step))
                if let broken = next.broken {
                    result.broken = broken
                    var place = traces.count - 1
                    while place >= 0 {
                        result.path.insert(traces[place].step, at: 0)
                        place = traces[place].before
                    }
                    return result
                }
                guard result.states < limit else {
                    result.isComplete = false
                    return result
                }
                stack.append((next, traces.count - 1))
            }
        }
        return result
    }

    /// Schedules drawn at random, each from the start to `length` steps; a crash may come at every one.
    package static func wander(_ start: ControlWorld, schedules: Int, length: Int, seed: UInt64) -> Exploration {
        var result = Exploration()
        var random = WanderingNumbers(seed: seed)
        for _ in 0..<schedules {
            var world = start
            var path: [ControlWorld.Step] = []
            for _ in 0..<length {
                guard let step = world.likelyStep(&random) else { break }
                world.take(step)
                path.append(step)
                result.steps += 1
                if let broken = world.broken {
                    (result.broken, result.path) = (broken, path)
                    return result
                }
            }
            result.states += 1
        }
        return result
    }
}

/// SplitMix64: the same seed, the same schedules.
package struct WanderingNumbers: RandomNumberGenerator {
    private var state: UInt64

    package init(seed: UInt64) { state = seed }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

extension ControlWorld {
    /// Steps that lead on are drawn more often than those that undo.
    func likelyStep(_ random: inout WanderingNumbers) -> Step? {
        let steps = self.steps
        let weights = steps.map { step -> Int in
            switch step {
            case .store, .complete, .hear, .deliver: 12
            case .order: 8
            case .send(_, .move), .send(_, .rest), .send(_, .hold): 4
            case .tick, .claim(_, false), .thaw, .lateArrives: 3
            case .send, .drop, .double, .stop, .claim, .freeze: 1
            case .crash: 1
            }
        }
        var draw = Int.random(in: 0..<max(1, weights.reduce(0, +)), using: &random)
        for (step, weight) in zip(steps, weights) {
            if draw < weight { return step }
            draw -= weight
        }
        return steps.last
    }

    /// Console 0 in full motion: where most can go wrong.
    package static func driving(
        budget: Budget, guards: SessionGuards = .all, machine: ModelledMachine.Kind = .permits
    ) -> ControlWorld {
        var roomy = Budget()
        roomy.frames = 20
        roomy.claims = 4
        roomy.ticks = 20
        var world = ControlWorld(budget: roomy, guards: guards, machine: machine)
        world.work()
        world.take(.claim(0, force: false))
        world.take(.store)
        world.take(.store)
        for intent in [Intent.rest, .rest, .rest, .hold, .move, .move] {
            world.take(.hear(0))
            world.take(.send(0, intent))
            world.take(.deliver(0))
            world.work()
        }
        world.budget = budget
        return world
    }

    /// Orders and commits until there are none.
    private mutating func work() {
        for _ in 0..<4 {
            if !disk.waiting.isEmpty { take(.store) }
            if underWay == nil { take(.order) }
            if underWay != nil { take(.complete) }
        }
    }
}

extension ControlWorld.Step: CustomStringConvertible {
    package var description: String {
        switch self {
        case .tick: "tick"
        case .hear(let console): "\(console) hears"
        case .send(let console, let intent): "\(console) sends \(Self.words(intent))"
        case .deliver(let place): "deliver \(place)"
        case .drop(let place): "drop \(place)"
        case .double(let place): "double \(place)"
        case .claim(let console, let force): "\(console) claims\(force ? " by force" : "")"
        case .stop(let console): "\(console) stops"
        case .store: "store"
        case .order: "order"
        case .complete: "complete"
        case .crash: "crash"
        case .freeze: "freeze"
        case .thaw: "go on"
        case .lateArrives: "late order arrives"
        }
    }

    private static func words(_ intent: ControlWorld.Intent) -> String {
        switch intent {
        case .rest: "rest"
        case .hold: "hold"
        case .move: "move"
        case .acknowledge: "acknowledgement"
        case .acknowledgeOther: "another's acknowledgement"
        }
    }
}
