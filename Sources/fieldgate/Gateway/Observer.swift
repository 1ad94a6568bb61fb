import CSystem
import ControlPath
import FieldModel
import Platform
import Store
import Telemetry

/// Puts together what the admin socket answers.
struct Observer: Sendable {
    let site: SiteSettings
    let spool: SpoolStore
    let live: LiveState
    let field: Field
    /// Nil where nothing is metered.
    let board: MeterBoard?
    let activity: ControlActivity
    let time: any TimeSource
    let started: Instant

    func answer(_ question: String) -> String {
        switch question {
        case "status": status.json
        case "spool": StatusDocument.spoolJSON(spool.state)
        case "usage":
            board.map { ReconcileDocument.json($0.now) } ?? "{\"error\":\"this site says nothing under metering\"}"
        default: "{\"error\":\"ask for status, spool or usage\"}"
        }
    }

    private var status: StatusDocument {
        var status = StatusDocument()
        status.gateway = site.gateway
        status.pid = Int64(getpid())
        status.uptimeSeconds = started.duration(to: time.now()).inSeconds
        status.clock = time.clockQuality().name
        let uplink = live.uplink
        status.broker = uplink.state
        status.brokerDetail = uplink.detail
        status.published = uplink.published
        status.acknowledged = uplink.acknowledged
        status.acknowledgedSequence = uplink.acknowledgedSequence
        status.inFlight = Int64(uplink.inFlight)
        status.commands = live.commands.load()
        status.spool = spool.state
        status.paths = live.links.map { StatusDocument.Path(id: $0.path, fields: $0.fields) }
        add(live.reports, to: &status)
        return status
    }

    private func add(_ reports: [String: BusReport], to status: inout StatusDocument) {
        var lateness = LatenessHistogram()
        for report in reports.values {
            status.values += report.values
            status.transactions += report.transactions
            status.overruns += report.overruns
            lateness.add(report.lateness)
        }
        status.latenessP50us = lateness.percentile(0.5).wholeNanoseconds / 1000
        status.latenessP99us = lateness.percentile(0.99).wholeNanoseconds / 1000
        status.latenessMaxus = lateness.longest.wholeNanoseconds / 1000
        for device in site.devices {
            let report = reports[device.bus]?.devices[device.id] ?? BusReport.Device()
            status.devices.append(
                StatusDocument.Device(
                    id: device.id, bus: device.bus, state: report.state.rawValue, problem: report.problem,
                    polls: report.polls, failures: report.failures, points: points(of: device.id),
                    control: activity.standings[device.id].map(Self.control)))
        }
    }

    private static func control(_ standing: ControlActivity.Standing) -> StatusDocument.Control {
        StatusDocument.Control(
            phase: standing.phase.name, cause: standing.cause.name, holder: standing.holder,
            watchdogFault: standing.watchdogFault)
    }

    private func points(of device: String) -> [String] {
        var lines: [String] = []
        for group in field.shown[device] ?? [] {
            guard let batch = live.latest(of: group.layout) else { continue }
            for (point, reading) in zip(group.points, batch.readings).prefix(Field.Shown.limit - lines.count) {
                lines.append(Self.line(point, reading))
            }
        }
        return lines
    }

    private static func line(_ point: Point, _ reading: Reading) -> String {
        switch reading {
        case .bad(let quality): return "\(point.id): \(quality.name)"
        case .good(let value):
            let unit = point.unit.map { " \($0)" } ?? ""
            var label = ""
            if case .decimal(let number) = value, number.digits == 0, let name = point.labels[number.mantissa] {
                label = " (\(name))"
            }
            return "\(point.id): \(value)\(unit)\(label)"
        }
    }
}
