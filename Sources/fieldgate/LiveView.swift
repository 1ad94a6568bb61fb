import FieldModel

/// The running gateway for a person: a page for a terminal, a line for a log.
struct LiveView {
    private let status: StatusDocument
    private let before: StatusDocument?

    init(_ status: StatusDocument, before: StatusDocument? = nil) {
        self.status = status
        self.before = before
    }

    /// Values a second since the last look.
    private var rate: Int64 {
        guard let before, status.uptimeSeconds > before.uptimeSeconds else {
            return status.uptimeSeconds > 0 ? Int64(Double(status.values) / status.uptimeSeconds) : 0
        }
        return Int64(Double(status.values - before.values) / (status.uptimeSeconds - before.uptimeSeconds))
    }

    private var good: Int { status.devices.filter { $0.state == "good" }.count }
    private var depth: Int { status.spool.streams.reduce(0) { $0 + $1.rows } + status.spool.pending }

    var line: String {
        "\(status.gateway): \(good)/\(status.devices.count) devices good, \(rate) values/s, spool \(depth) rows, "
            + "acknowledged \(status.acknowledgedSequence), broker \(status.broker)"
            + (status.brokerDetail.map { " (\($0))" } ?? "")
    }

    func text(colour: Bool) -> String {
        var lines: [String] = []
        let clock = status.clock == "synced" ? "" : ", clock \(status.clock)"
        lines.append("FieldGate \(status.version)  \(status.gateway)  up \(Int(status.uptimeSeconds)) s\(clock)")
        lines.append("")
        for device in status.devices {
            lines.append(
                "  \(mark(device.state, colour)) \(device.id)  \(device.state)\(device.problem.map { ": \($0)" } ?? "")"
            )
            if let control = device.control { lines.append("      remote control: \(control.text)") }
            for point in device.points { lines.append("      \(point)") }
        }
        lines.append("")
        lines.append(
            "  \(rate) values/s, \(status.transactions) transactions, \(status.overruns) overruns, "
                + "polls late p99 \(Double(status.latenessP99us) / 1000) ms")
        lines.append(
            "  spool \(depth) rows, \(status.published) published, acknowledged up to "
                + "\(status.acknowledgedSequence), \(status.commands) commands")
        lines += status.paths.map { pathLine($0, colour) }
        lines.append("  broker \(status.broker)\(status.brokerDetail.map { ": \($0)" } ?? "")")
        if let alarm = status.spool.alarm { lines.append("  ALARM: \(alarm)") }
        return lines.joined(separator: "\n")
    }

    /// `● a  wwan0  alive up  rtt 31.2 ms  rsrp -95 dBm  for control,telemetry`
    private func pathLine(_ path: StatusDocument.Path, _ colour: Bool) -> String {
        let health = path["health"] ?? ""
        var words = [
            path.id, path["device"] ?? "",
            [health, path["phase"] ?? ""].filter { !$0.isEmpty }.joined(separator: ", "),
        ]
        if let hold = path["hold"] { words.append("held: \(hold)") }
        if let roundTrip = path["rtt_ms"] { words.append("rtt \(roundTrip) ms") }
        if let power = path["rsrp_dbm"] { words.append("rsrp \(power) dBm") }
        if let purposes = path["purposes"] { words.append("for \(purposes)") }
        if let problem = path["problem"] { words.append(problem) }
        return "  \(mark(health == "alive" ? "good" : health, colour)) " + words.joined(separator: "  ")
    }

    private func mark(_ state: String, _ colour: Bool) -> String {
        let (mark, code) = state == "good" ? ("●", 32) : state == "unknown" ? ("○", 33) : ("✖", 31)
        return colour ? "\u{1B}[\(code)m\(mark)\u{1B}[0m" : mark
    }
}

extension StatusDocument.Control {
    /// `ARMED (measured), held by anna`
    var text: String {
        var text = cause == "none" ? phase : "\(phase) (\(cause))"
        if let holder { text += ", held by \(holder)" }
        if phase == "LOCKED" { text += ": a supervisor, or the local key, unlocks" }
        if let watchdogFault { text += "; nobody is armed: \(watchdogFault)" }
        return text
    }
}
