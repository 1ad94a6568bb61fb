import FieldModel
import KernelNet
import Logging
import Platform

/// Keeps the network plan in force, on a thread of its own: the privileged helper may take its time.
final class NetworkDesk: Sendable {
    /// How often it is looked whether somebody took the plan away.
    private static let inspection = Duration.seconds(5)

    private struct Wishes {
        var rates: [String: BitRate] = [:]
        var routes: [TrafficClass: String] = [:]
        var budget: Budget?
        var isStopping = false
    }

    private let wishes = Monitor(Wishes())
    private let thread: OwnerThread

    /// `make` and what it makes live on the thread; `restored` is told what had been taken away.
    init(
        _ plan: NetworkPlan, make: @escaping @Sendable () -> any NetworkControl, time: any TimeSource, logger: Logger,
        restored: @escaping @Sendable ([String]) -> Void
    ) throws(SystemError) {
        let wishes = self.wishes
        thread = try OwnerThread(name: "network") {
            let keeper = NetworkKeeper(plan, network: make(), time: time, logger: logger, restored: restored)
            while true {
                let now = time.now()
                keeper.keep(at: now)
                let next: Wishes? = wishes.wait { wishes in
                    if wishes.isStopping { return .done(nil) }
                    let pause = time.now().duration(to: keeper.nextInspection)
                    guard !wishes.rates.isEmpty || !wishes.routes.isEmpty || wishes.budget != nil || pause <= .zero
                    else { return .pause(pause) }
                    defer { (wishes.rates, wishes.routes, wishes.budget) = ([:], [:], nil) }
                    return .done(wishes)
                }
                guard let next else { return }
                if let budget = next.budget { keeper.limit(budget) }
                keeper.shape(next.rates)
                if !next.routes.isEmpty { keeper.route(next.routes) }
            }
        }
    }

    /// Only the newest rate of a path counts.
    func shape(_ path: String, to rate: BitRate) {
        wishes.signal { wishes in
            wishes.rates[path] = rate
            return true
        }
    }

    /// Forwarded traffic takes the way of bulk, and what chose none that of telemetry.
    func route(_ purpose: TrafficClass, over path: String) {
        wishes.signal { wishes in
            wishes.routes[purpose] = path
            return true
        }
    }

    /// What bulk may take on each path, and what may still pass on all of them; nil is no limit. Put in force with the
    /// whole plan: it happens a few times a month.
    func limit(bulk: BitRate?, quota: Int64?) {
        wishes.signal { wishes in
            wishes.budget = Budget(bulk: bulk, quota: quota)
            return true
        }
    }

    struct Budget: Hashable, Sendable {
        var bulk: BitRate?
        var quota: Int64?
    }

    func stop() {
        wishes.signal { wishes in
            wishes.isStopping = true
            return true
        }
    }

    func join() { thread.join() }

    /// What runs on the thread.
    private final class NetworkKeeper {
        private var plan: NetworkPlan
        /// What was asked for since, and is asked for again after each application.
        private var rates: [String: BitRate] = [:]
        private var routes: [TrafficClass: String] = [:]
        private let network: any NetworkControl
        private let time: any TimeSource
        private let logger: Logger
        private let restored: ([String]) -> Void
        private var isApplied = false
        private var hopeless: [String] = []
        private var trouble: String?
        private(set) var nextInspection: Instant

        init(
            _ plan: NetworkPlan, network: any NetworkControl, time: any TimeSource, logger: Logger,
            restored: @escaping ([String]) -> Void
        ) {
            self.plan = plan
            self.network = network
            self.time = time
            self.logger = logger
            self.restored = restored
            nextInspection = time.now()
        }

        func keep(at now: Instant) {
            guard now >= nextInspection else { return }
            nextInspection = now + NetworkDesk.inspection
            attempt { () throws(NetworkFault) in
                guard isApplied else { return try applyFirst() }
                let state = try network.inspect(plan)
                guard !state.absent.isEmpty, state.absent != hopeless else { return }
                logger.warning(
                    "the network plan is not whole, and is applied again",
                    metadata: ["absent": "\(state.absent.joined(separator: "; "))"])
                let after = try apply()
                // What cannot be had now, such as an interface that is gone, is not asked for every time.
                hopeless = after.absent
                let back = state.absent.filter { !after.absent.contains($0) }
                if !back.isEmpty { restored(back) }
            }
        }

        private func applyFirst() throws(NetworkFault) {
            let state = try apply()
            isApplied = true
            for missing in state.missing { logger.warning("\(missing)") }
            logger.info("the network plan is in force", metadata: ["paths": "\(plan.paths.count)"])
        }

        private func apply() throws(NetworkFault) -> NetworkState {
            let state = try network.apply(plan)
            for (path, rate) in rates { try network.shape(path: path, to: rate) }
            if !routes.isEmpty { try network.route(bulk: routes[.bulk], others: routes[.telemetry]) }
            return state
        }

        func shape(_ new: [String: BitRate]) {
            for (path, rate) in new {
                rates[path] = rate
                attempt { () throws(NetworkFault) in if isApplied { try network.shape(path: path, to: rate) } }
            }
        }

        func limit(_ budget: Budget) {
            guard plan.limit(bulk: budget.bulk, quota: budget.quota) else { return }
            attempt { () throws(NetworkFault) in if isApplied { _ = try apply() } }
        }

        func route(_ new: [TrafficClass: String]) {
            routes.merge(new) { $1 }
            attempt { () throws(NetworkFault) in
                if isApplied { try network.route(bulk: routes[.bulk], others: routes[.telemetry]) }
            }
        }

        /// The same trouble is said once.
        private func attempt(_ body: () throws(NetworkFault) -> Void) {
            do throws(NetworkFault) {
                try body()
                if trouble != nil { logger.notice("the network helper answers again") }
                trouble = nil
            } catch {
                // A helper that was started anew knows no plan; one that is gone will not.
                isApplied = false
                let words = error.words
                if words != trouble {
                    logger.error("the network plan is not in force", metadata: ["reason": "\(words)"])
                }
                trouble = words
            }
        }
    }
}
