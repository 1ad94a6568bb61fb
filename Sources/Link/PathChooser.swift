import FieldModel

/// Which path each purpose takes: the most preferred that is well, and back again only when that has proven itself.
package struct PathChooser: Sendable {
    package struct Change: Hashable, Sendable {
        package var purpose: TrafficClass
        package var from: String?
        package var to: String?
        package var reason: Reason
    }

    package enum Reason: String, Sendable {
        case start, failover
        case failback
    }

    private let settings: ChoiceSettings
    private var aliveSince: [String: Instant] = [:]
    private var health: [String: PathHealth] = [:]
    package private(set) var chosen: [TrafficClass: String] = [:]

    package init(_ settings: ChoiceSettings) { self.settings = settings }

    package mutating func update(_ path: String, _ health: PathHealth, at now: Instant) -> [Change] {
        if health == .alive {
            if self.health[path] != .alive { aliveSince[path] = now }
        } else {
            aliveSince[path] = nil
        }
        self.health[path] = health
        return choose(at: now)
    }

    /// Fail-back comes with time: ask again by `deadline`.
    package mutating func choose(at now: Instant) -> [Change] {
        TrafficClass.allCases.compactMap { purpose in
            let paths = settings.preference[purpose] ?? []
            let current = chosen[purpose]
            guard let best = best(of: paths, current: current, at: now), best != current else { return nil }
            chosen[purpose] = best
            return Change(purpose: purpose, from: current, to: best, reason: reason(current))
        }
    }

    /// When a preferred path will have proven itself.
    package var deadline: Instant? {
        TrafficClass.allCases.compactMap { purpose -> Instant? in
            let better = (settings.preference[purpose] ?? []).prefix { $0 != chosen[purpose] }
            return better.compactMap { aliveSince[$0].map { $0 + settings.failBackAfter } }.min()
        }.min()
    }

    private func reason(_ current: String?) -> Reason {
        guard let current else { return .start }
        return health[current] == .dead ? .failover : .failback
    }

    /// With no path alive, the current one stays, or the first is as good as any.
    private func best(of paths: [String], current: String?, at now: Instant) -> String? {
        let alive = paths.filter { health[$0] == .alive }
        guard let current, alive.contains(current) else { return alive.first ?? current ?? undecided(paths) }
        let better = paths.prefix { $0 != current }
        return better.first { proven($0, at: now) } ?? current
    }

    /// Before any path has answered, wait; when all are dead, the first.
    private func undecided(_ paths: [String]) -> String? {
        paths.allSatisfy { health[$0] == .dead } ? paths.first : nil
    }

    private func proven(_ path: String, at now: Instant) -> Bool {
        aliveSince[path].map { $0.duration(to: now) >= settings.failBackAfter } ?? false
    }
}
