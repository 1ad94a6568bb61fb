import FieldModel
import JSONText
import Metering

/// Both sides of the newest windows and sessions, `fg.reconcile/1`.
enum ReconcileDocument {
    static func json(_ state: MeterBoard.State) -> String {
        var json = JSONWriter()
        json.raw("{\"schema\":\"fg.reconcile/1\"")
        json.member("mode", .text(state.mode))
        if let problem = state.problem { json.member("problem", .text(problem)) }
        json.raw(",\"windows\":[")
        for (place, window) in state.windows.enumerated() {
            if place > 0 { json.raw(",") }
            write(window, &json)
        }
        json.raw("],\"sessions\":[")
        for (place, session) in state.sessions.enumerated() {
            if place > 0 { json.raw(",") }
            write(session, &json)
        }
        json.raw("]")
        if let budget = state.budget {
            json.raw(",\"budget\":{\"t\":")
            json.time(budget.at)
            UsageForecast.write(budget, &json)
            json.raw("}")
        }
        json.raw("}")
        return json.text
    }

    private static func write(_ window: ReconcileWindow, _ json: inout JSONWriter) {
        begin(window.path, from: window.from, to: window.to, window.verdict, &json)
        let numbers = [
            ("interface_up", window.interfaceUp), ("interface_dn", window.interfaceDown),
            ("connections_up", window.connectionsUp), ("connections_dn", window.connectionsDown),
            ("unattributed_up", window.unattributedUp), ("unattributed_dn", window.unattributedDown),
            ("dropped", window.dropped),
        ]
        for (name, number) in numbers { json.member(name, .integer(number)) }
        json.raw(",\"classes\":[")
        for (place, part) in window.classes.enumerated() {
            json.raw(place == 0 ? "{\"class\":" : ",{\"class\":")
            json.integer(Int64(part.trafficClass))
            let numbers = [
                ("shaper", part.shaper), ("connections", part.connections), ("backlog", part.backlog),
                ("drops", Int64(clamping: part.drops)), ("unattributed", part.unattributed),
            ]
            for (name, number) in numbers { json.member(name, .integer(number)) }
            json.raw("}")
        }
        json.raw("],\"named\":[")
        for (place, entry) in window.named.sorted(by: { $0.key.rawValue < $1.key.rawValue }).enumerated() {
            json.raw(place == 0 ? "{\"name\":" : ",{\"name\":")
            json.string(entry.key.rawValue)
            for (way, bytes) in [("up", entry.value.up), ("dn", entry.value.down)] { json.member(way, .integer(bytes)) }
            json.raw("}")
        }
        json.raw("]}")
    }

    private static func write(_ session: SessionStatement, _ json: inout JSONWriter) {
        begin(session.path, from: session.since, to: session.until, session.verdict, &json)
        let numbers = [
            ("session", Int64(session.session)), ("host_up", session.hostUp), ("host_dn", session.hostDown),
            ("modem_up", Int64(clamping: session.modemUp)), ("modem_dn", Int64(clamping: session.modemDown)),
        ]
        for (name, number) in numbers { json.member(name, .integer(number)) }
        json.member("over", .bool(session.isOver))
        json.raw(",\"faults\":[")
        for (place, fault) in session.faults.enumerated() {
            if place > 0 { json.raw(",") }
            json.string(fault)
        }
        json.raw("]}")
    }

    private static func begin(
        _ path: String, from: Timestamp, to: Timestamp, _ verdict: ReconcileVerdict, _ json: inout JSONWriter
    ) {
        json.raw("{\"path\":")
        json.string(path)
        json.raw(",\"from\":")
        json.time(from)
        json.raw(",\"to\":")
        json.time(to)
        json.member("verdict", .text(verdict.rawValue))
    }
}
