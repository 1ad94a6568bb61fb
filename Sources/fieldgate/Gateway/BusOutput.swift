import FieldModel
import Logging
import Telemetry

/// What a bus's poll brings goes into the spool, and the changes into the log.
final class BusOutput: BusPollerOutput, Sendable {
    private let bus: String
    private let spool: any Spool
    private let live: LiveState
    private let logger: Logger

    init(bus: String, spool: any Spool, live: LiveState, logger: Logger) {
        self.bus = bus
        self.spool = spool
        self.live = live
        self.logger = logger
    }

    func polled(_ batch: TelemetryBatch, of device: String) {
        spool.append(RowCodec.encode(batch), to: .telemetry)
        live.latest(batch)
    }

    func changed(_ device: String, to state: BusReport.DeviceState, problem: String?, at moment: GroupPoll.Moment) {
        var metadata: Logger.Metadata = ["bus": "\(bus)", "device": "\(device)", "state": "\(state.rawValue)"]
        var fields = [
            EventBatch.Field("event", .text("device_state")), EventBatch.Field("state", .text(state.rawValue)),
        ]
        if let problem {
            metadata["problem"] = "\(problem)"
            fields.append(EventBatch.Field("problem", .text(problem)))
        }
        logger.log(level: state == .good ? .info : .warning, "device state changed", metadata: metadata)
        let event = EventBatch(kind: .event, device: device, time: moment.utc, clock: moment.clock, fields: fields)
        spool.append(RowCodec.encode(event), to: .event)
    }

    func report(_ report: BusReport) {
        live.report(report, of: bus)
    }
}
