import FieldModel
import Metering
import Platform

/// What metering tells the other threads, and what they tell it.
final class MeterBoard: Sendable {
    struct State: Sendable {
        /// `exact`, `sockets` or `starting`.
        var mode = "starting"
        var problem: String?
        var windows: [ReconcileWindow] = []
        var sessions: [SessionStatement] = []
        var budget: BudgetStatement?
        /// The retained document, and how often it was made.
        var forecast: [UInt8] = []
        var forecastNumber = 0
        /// What back-fill may take; nil is everything.
        var backfill: BitRate?
    }

    private let state = Monitor(State())
    private let tally = Monitor(MessageTally())
    private let listeners = Monitor<[@Sendable () -> Void]>([])

    var now: State { state.withLock { $0 } }

    func change(_ body: (inout State) -> Void) { state.withLock { body(&$0) } }

    /// A new forecast, or another pace of back-fill: the uplink is woken.
    func tell(_ body: (inout State) -> Void) {
        change(body)
        for listener in listeners.withLock({ $0 }) { listener() }
    }

    func onChange(_ listener: @escaping @Sendable () -> Void) { listeners.withLock { $0.append(listener) } }

    func count(_ body: (inout MessageTally) -> Void) { tally.withLock { body(&$0) } }
    func takeMessages() -> MessageCount? { tally.withLock { $0.take() } }
}
