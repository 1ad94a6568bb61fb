import FieldModel
import Logging
import Metering
import Platform

/// Tells of metering: to the log, and to the event stream. The same trouble is said once.
final class MeterHerald {
    let gateway: String
    private let spool: any Spool
    private let time: any TimeSource
    private let logger: Logger
    private var troubles: [String: String] = [:]

    init(gateway: String, spool: any Spool, time: any TimeSource, logger: Logger) {
        (self.gateway, self.spool, self.time, self.logger) = (gateway, spool, time, logger)
    }

    func began(fromSockets: Bool, records: Int) {
        guard fromSockets else {
            return logger.info("metering goes on", metadata: ["records_read": "\(records)"])
        }
        logger.warning(
            """
            connection tracking cannot be asked: own sockets are counted, and every record is estimated; start \
            fieldgate-netd, name its socket with link.helper, and start the gateway again
            """)
        event("metering_estimated", [])
    }

    func tell(_ alarm: MeterAlarm) {
        logger.warning(
            "metering: \(alarm.name)", metadata: ["path": "\(alarm.path ?? "")", "detail": "\(alarm.detail)"])
        var fields = [EventBatch.Field("detail", .text(alarm.detail))]
        if let path = alarm.path { fields.append(.init("path", .text(path))) }
        event("usage_\(alarm.name)", fields)
    }

    func tell(_ window: ReconcileWindow) {
        let numbers: [(String, Int64)] = [
            ("interface_up", window.interfaceUp), ("interface_dn", window.interfaceDown),
            ("connections_up", window.connectionsUp), ("connections_dn", window.connectionsDown),
            ("unattributed_up", window.unattributedUp), ("unattributed_dn", window.unattributedDown),
        ]
        logger.error(
            "interface and connections differ: see `fieldgate usage reconcile`",
            metadata: [
                "path": "\(window.path)", "up": "\(window.unattributedUp)", "down": "\(window.unattributedDown)",
            ])
        event(
            "usage_unattributed",
            [.init("path", .text(window.path))] + numbers.map { .init($0, .integer($1)) })
    }

    func tell(_ session: SessionStatement) {
        guard session.verdict == .alarm else { return }
        logger.error(
            "modem and interface differ over a data session: see `fieldgate usage reconcile`",
            metadata: ["path": "\(session.path)", "session": "\(session.session)"])
        event(
            "usage_session_differs",
            [
                .init("path", .text(session.path)), .init("session", .integer(Int64(session.session))),
                .init("host_up", .integer(session.hostUp)), .init("host_dn", .integer(session.hostDown)),
                .init("modem_up", .integer(Int64(clamping: session.modemUp))),
                .init("modem_dn", .integer(Int64(clamping: session.modemDown))),
            ])
    }

    func tell(_ stage: BudgetStage, _ statement: BudgetStatement) {
        let quota = Int64(clamping: statement.quota ?? 0)
        logger.log(
            level: stage == .free ? .notice : .warning, "the plan's quota: \(stage.rawValue)",
            metadata: ["used": "\(statement.used)", "quota": "\(quota)"])
        event(
            "usage_budget",
            [
                .init("stage", .text(stage.rawValue)), .init("used", .integer(Int64(clamping: statement.used))),
                .init("quota", .integer(quota)),
            ])
    }

    func trouble(_ place: String, _ words: String) {
        guard troubles[place] != words else { return }
        troubles[place] = words
        logger.error("metering is in trouble", metadata: ["place": "\(place)", "reason": "\(words)"])
    }

    func relieved(_ place: String) {
        guard troubles.removeValue(forKey: place) != nil else { return }
        logger.notice("metering is well again", metadata: ["place": "\(place)"])
    }

    private func event(_ name: String, _ fields: [EventBatch.Field]) {
        let event = EventBatch(
            kind: .event, device: "gateway", time: time.utc(), clock: time.clockQuality(),
            fields: [.init("event", .text(name))] + fields)
        spool.append(RowCodec.encode(event), to: .event)
    }
}
