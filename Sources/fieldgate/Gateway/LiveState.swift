import FieldModel
import Platform
import Telemetry

/// What the threads know and people ask for: reports of the buses, the newest values, the uplink's state.
final class LiveState: Sendable {
    struct Uplink: Sendable {
        var state = "connecting"
        var detail: String?
        var published: Int64 = 0
        var acknowledged: Int64 = 0
        /// The highest telemetry number settled.
        var acknowledgedSequence: Int64 = 0
        var inFlight = 0
    }

    private struct State {
        var reports: [String: BusReport] = [:]
        var latest: [UInt32: TelemetryBatch] = [:]
        var uplink = Uplink()
        var links: [LinkReport] = []
    }

    private let state = Monitor(State())
    let commands = Counter()

    func report(_ report: BusReport, of bus: String) {
        state.withLock { $0.reports[bus] = report }
    }

    func latest(_ batch: TelemetryBatch) {
        state.withLock { $0.latest[batch.layout] = batch }
    }

    func uplink(_ change: (inout Uplink) -> Void) {
        state.withLock { change(&$0.uplink) }
    }

    func links(_ reports: [LinkReport]) {
        state.withLock { $0.links = reports }
    }

    var links: [LinkReport] { state.withLock { $0.links } }
    var uplink: Uplink { state.withLock { $0.uplink } }
    var reports: [String: BusReport] { state.withLock { $0.reports } }

    func latest(of layout: UInt32) -> TelemetryBatch? {
        state.withLock { $0.latest[layout] }
    }
}
