import FieldModel
import Link
import Logging
import Platform

/// Tells of the link: to the log, to the event stream, to the `link` topic, to the journal, and to the status.
struct LinkHerald: Sendable {
    let spool: any Spool
    let live: LiveState
    let journal: RecoveryJournal
    let time: any TimeSource
    let logger: Logger

    func history(of modem: String) -> [RecoveryLadder.Attempt] { journal.history(of: modem, time: time) }

    func pathChanged(_ watch: PathWatch, to health: PathHealth) {
        let path = watch.settings.id
        logger.log(
            level: health == .dead ? .warning : .notice, "path \(health.rawValue)",
            metadata: ["path": "\(path)", "device": "\(watch.settings.device)", "problem": "\(watch.problem ?? "")"])
        event("path_\(health.rawValue)", [.init("path", .text(path))])
    }

    func chosen(_ change: PathChooser.Change) {
        let fields: [(String, String?)] = [
            ("purpose", change.purpose.rawValue), ("from", change.from), ("to", change.to),
            ("reason", change.reason.rawValue),
        ]
        let known = fields.compactMap { name, value in value.map { (name, $0) } }
        logger.notice("path chosen", metadata: Dictionary(uniqueKeysWithValues: known.map { ($0, "\($1)") }))
        event("path_chosen", known.map { .init($0, .text($1)) })
    }

    func restored(_ parts: [String]) {
        event("network_restored", [.init("parts", .text(parts.joined(separator: "; ")))])
    }

    func tell(_ output: LinkOutput, of modem: String) {
        switch output {
        case .run: break
        case .phase(let from, let to, let detail):
            logger.notice(
                "link \(to.name)", metadata: ["modem": "\(modem)", "from": "\(from.name)", "detail": "\(detail)"])
            event(
                "link_phase",
                [
                    .init("modem", .text(modem)), .init("from", .text(from.name)), .init("to", .text(to.name)),
                    .init("detail", .text(detail)),
                ])
        case .climbing(let rung, let attempt, let evidence):
            record("climb", rung, of: modem, [.init("attempt", .integer(Int64(attempt)))] + evidence.fields)
        case .recovered(let rung, let after):
            record("recovered", rung, of: modem, [.init("after_ms", .integer(after.wholeMilliseconds))])
        case .alarm(let kind, let detail):
            logger.error("\(kind)", metadata: ["modem": "\(modem)", "detail": "\(detail)"])
            event(kind, [.init("modem", .text(modem)), .init("detail", .text(detail))])
        }
    }

    func report(_ reports: [LinkReport]) {
        live.links(reports)
        for report in reports {
            let row = EventBatch(
                kind: .linkReport, device: report.path, time: time.utc(), clock: time.clockQuality(),
                fields: report.fields)
            spool.append(RowCodec.encode(row), to: .link)
        }
    }

    private func record(_ what: String, _ rung: RecoveryRung, of modem: String, _ fields: [EventBatch.Field]) {
        let words = fields.map { "\($0.name)=\($0.value)" }.joined(separator: " ")
        logger.warning(
            "recovery \(what)", metadata: ["modem": "\(modem)", "rung": "\(rung.name)", "evidence": "\(words)"])
        event("recovery_\(what)", [.init("modem", .text(modem)), .init("rung", .text(rung.name))] + fields)
        let entry = RecoveryJournal.Entry(time: time.utc(), modem: modem, what: what, rung: rung, fields: fields)
        do throws(SystemError) {
            try journal.add(entry)
        } catch {
            logger.error(
                "the recovery journal cannot be written", metadata: ["path": "\(journal.path)", "reason": "\(error)"])
        }
    }

    private func event(_ name: String, _ fields: [EventBatch.Field]) {
        let event = EventBatch(
            kind: .event, device: "gateway", time: time.utc(), clock: time.clockQuality(),
            fields: [.init("event", .text(name))] + fields)
        spool.append(RowCodec.encode(event), to: .event)
    }
}

extension RecoveryEvidence {
    fileprivate var fields: [EventBatch.Field] {
        var fields: [EventBatch.Field] = [
            .init("phase", .text(phase)), .init("lasting_ms", .integer(lasting.wholeMilliseconds)),
        ]
        let counts = [("modem_tx_bytes", modemUp), ("modem_rx_bytes", modemDown), ("host_rx_bytes", hostReceived)]
        for (name, count) in counts { if let count { fields.append(.init(name, .integer(count))) } }
        if isDataDead { fields.append(.init("data_dead", .bool(true))) }
        if !detail.isEmpty { fields.append(.init("detail", .text(detail))) }
        return fields
    }
}
