import CSystem
import FieldModel
import Platform

/// Metering's part of `fieldgate-netd`: the pump, the ring, and what clients get of them. One thread.
package final class MeterDesk {
    /// Names in the service manager's descriptor store.
    package static let eventsName = "fieldgate-events"
    package static let ringName = "fieldgate-ring"

    package let pump: FlowPump
    private let source: any FlowSource
    private let ring: FlowRing
    private let network: KernelNetwork

    /// `said`: what the gateway has to know of the time before.
    package init(source: any FlowSource, ring: FlowRing, said: [String], network: KernelNetwork) {
        self.source = source
        self.ring = ring
        self.network = network
        let watch = CountingWatch(network)
        pump = FlowPump(
            source: source, ring: ring, said: said, fill: { TableFill.read() }, look: { watch.look() })
    }

    /// What metering itself answers; nil when the request is not its own.
    package func answer(_ request: NetworkRequest) -> NetworkAnswer? {
        switch request {
        case .meter: return given { () throws(NetworkFault) in fg_duplicate(ring.descriptor) }
        case .flows: return given { () throws(NetworkFault) in try FlowList.file(of: source) }
        default: return nil
        }
    }

    /// A plan was put in force or taken away: what is wrong with the counters is looked at again.
    package func changed(by request: NetworkRequest) {
        switch request {
        case .apply, .route, .clear: pump.lookSoon()
        default: break
        }
    }

    private func given(_ make: () throws(NetworkFault) -> Int32) -> NetworkAnswer {
        do throws(NetworkFault) {
            let descriptor = try make()
            guard descriptor >= 0 else { throw .refused("no descriptor: \(SystemError(code: -descriptor))") }
            var state = NetworkState()
            state.missing = pump.currentDoubts
            if network.applied == nil {
                state.missing.append(
                    "no plan is in force, so connections are neither marked nor counted; fieldgate net apply")
            }
            return NetworkAnswer(.done(state), descriptor: descriptor)
        } catch {
            return NetworkAnswer(.refused(error.words))
        }
    }
}

/// Looks at the kernel's counters often, and runs a program for it only when rules have changed.
final class CountingWatch {
    private let network: KernelNetwork
    private let generation = RulesetGeneration()
    private var seen: UInt32?
    private var ruleDoubts: [String] = []

    init(_ network: KernelNetwork) { self.network = network }

    /// Empty while no plan is in force: nothing is promised then.
    func look() -> [String] {
        guard network.applied != nil else { return [] }
        let now = generation.read()
        if now == nil || now != seen { ruleDoubts = network.ruleDoubts() }
        seen = now
        return network.counterDoubts() + ruleDoubts
    }
}
