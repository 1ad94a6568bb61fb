import CSystem
import Glibc
import SimulatorKit

/// What `fieldsim link` is told.
package struct LinkPlan: Sendable {
    package var prefix = "fg"
    package var profiles: [(path: PathName, profile: LinkProfile)] = []
    package var timeline = Timeline(steps: [])
    package var timeScale = 1.0
    package var seed: UInt64 = 1
    package var trace: String?

    package init() {}
}

/// The radio links of a gateway: packets go from its modem devices to the carriers and back as the profiles say.
package final class LinkEmulator {
    private let engine: LinkEngine
    private let plan: LinkPlan
    private unowned let reactor: Reactor
    private var profiles: [PathName: String] = [:]
    /// Counts the capacities given to a path, so that an old one ends.
    private var capacities: [PathName: Int] = [:]

    package init(_ plan: LinkPlan, reactor: Reactor) throws(SystemFault) {
        (self.plan, self.reactor) = (plan, reactor)
        var trace: PacketTrace?
        if let path = plan.trace { trace = try PacketTrace(path: path) }
        engine = try LinkEngine(reactor: reactor, trace: trace)
        for (path, profile) in plan.profiles {
            let gateway = try TunDevice(path.gatewayDevice, in: "\(plan.prefix)-gateway")
            let carrier = try TunDevice(PathName.carrierDevice, in: "\(plan.prefix)-carrier-\(path)")
            let models = Direction.allCases.map { direction in
                LinkModel(
                    direction, profile.settings(direction), seed: plan.seed &* 2 &+ UInt64(path.number),
                    timeScale: plan.timeScale)
            }
            try engine.add(path, models, gateway: gateway, carrier: carrier)
            change(path, .profile(profile))
        }
        for step in plan.timeline.steps { schedule(step) }
    }

    package var announcements: [String] {
        plan.profiles.map { path, profile in
            "path \(path) \(plan.prefix)-gateway/\(path.gatewayDevice) to \(plan.prefix)-carrier-\(path)/"
                + "\(PathName.carrierDevice) profile \(profile.name)"
        }
    }

    /// Why the link can't go on, when a device went away.
    package var failure: SystemFault? { engine.failure }

    package func shutDown() { engine.shutDown() }

    package var statistics: JSON {
        let now = engine.now
        let paths = plan.profiles.map { path, _ in
            JSON.Member(name: path.rawValue, value: statistics(path, now))
        }
        return .members([
            "ok": .bool(true), "synthetic": .bool(true), "seed": .integer(Int64(truncatingIfNeeded: plan.seed)),
            "elapsed_s": .number(Double(now / 1_000_000) / 1000), "paths": .object(paths),
        ])
    }

    package var flows: JSON {
        .members(["ok": .bool(true), "flows": .array(engine.lanes.flatMap { $0.flows.json($0.path, $0.direction) })])
    }

    package func runs(_ path: PathName) -> Bool { lane(path, .up) != nil }

    /// What the modem would count: up everything it took from the gateway, down what arrived.
    package func modemCounters(_ path: PathName) -> JSON {
        let up = lane(path, .up)?.counters.taken ?? Tally()
        let down = lane(path, .down)?.counters.tally(.delivered) ?? Tally()
        return .members(["ok": .bool(true), "up": up.json, "down": down.json])
    }

    /// Carries out a change at once.
    package func change(_ path: PathName, _ change: LinkChange) {
        let now = engine.now
        if case .capacity(let plan) = change {
            let number = (capacities[path] ?? 0) + 1
            capacities[path] = number
            if let plan { walk(path, CapacityWalk(plan), number) }
        }
        if case .profile(let profile) = change { profiles[path] = profile.name }
        for lane in engine.lanes where lane.path == path { lane.apply(change, at: now) }
    }

    private func lane(_ path: PathName, _ direction: Direction) -> Lane? {
        engine.lanes.first { $0.path == path && $0.direction == direction }
    }

    private func statistics(_ path: PathName, _ now: Int64) -> JSON {
        guard let up = lane(path, .up), let down = lane(path, .down) else { return .null }
        return .members([
            "profile": .string(profiles[path] ?? ""), "session": .string(up.model.hasSession ? "up" : "down"),
            "dead": .bool(up.model.isDead), "up_rate": up.model.settings.rate.map(JSON.integer) ?? .null,
            "down_rate": down.model.settings.rate.map(JSON.integer) ?? .null, "up": up.json(at: now),
            "down": down.json(at: now),
        ])
    }

    /// Times of a timeline run faster by the time scale, and so do the lengths of its outages.
    private func schedule(_ step: Timeline.Step) {
        reactor.after(scaled(step.at)) { [unowned self] in
            for change in step.changes {
                if case .outage(let length) = change {
                    self.change(step.path, .outage(scaled(length)))
                } else {
                    self.change(step.path, change)
                }
            }
        }
    }

    private func walk(_ path: PathName, _ walk: CapacityWalk, _ number: Int) {
        guard capacities[path] == number else { return }
        var next = walk
        // A rate of the walk is one that the reader of settings accepts.
        if let setting = try? LaneSetting("rate", "\(next.next())") { change(path, .set(setting, [.up])) }
        reactor.after(scaled(walk.plan.every)) { [unowned self] in self.walk(path, next, number) }
    }

    private func scaled(_ time: Int64) -> Int64 { max(1_000_000, Int64(Double(time) / plan.timeScale)) }
}
