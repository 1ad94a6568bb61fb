import FieldModel
import Platform

/// Which path each purpose takes at present: chosen on the link's thread, read by whoever sends.
final class PathSelection: Sendable {
    struct Way: Hashable, Sendable {
        var path: String
        /// The network interface.
        var device: String
    }

    private struct State {
        var ways: [TrafficClass: Way] = [:]
        var listeners: [@Sendable () -> Void] = []
    }

    private let state = Monitor(State())

    /// Nil where the site says nothing of paths, or none is known to be well yet.
    func way(for purpose: TrafficClass) -> Way? { state.withLock { $0.ways[purpose] } }

    func onChange(_ listener: @escaping @Sendable () -> Void) {
        state.withLock { $0.listeners.append(listener) }
    }

    func choose(_ way: Way, for purpose: TrafficClass) {
        let listeners = state.withLock { state in
            state.ways[purpose] = way
            return state.listeners
        }
        for listener in listeners { listener() }
    }
}
