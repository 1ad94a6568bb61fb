import ControlWire
import FieldModel
import JSONText
import OperatorKit
import Signing

/// A session in words, for people and for programs.
enum Report {
    // MARK: People

    static func line(
        _ state: StateFrame, by transport: ConsoleTransport, _ statistics: ConsoleStatistics, _ plate: Nameplate
    ) -> String {
        let axes = plate.axes.prefix(8).enumerated().map { place, name in
            "\(name) \(position(statistics.wanted[place]))→\(position(state.written[place]))"
                + "→\(position(state.readBack[place]))"
        }
        return "\(state.phase.name) (\(state.cause.name)) by \(name(transport))  rtt \(roundTrip(statistics))  "
            + "age \(age(state))  loss \(loss(state, statistics))  cap \(state.speedCap / 10) %  "
            + axes.joined(separator: "  ") + "  \(flags(state))"
    }

    static func page(
        _ state: StateFrame, by transport: ConsoleTransport, _ statistics: ConsoleStatistics, _ plate: Nameplate
    ) -> String {
        var lines = [
            "\(plate.title) \(plate.machine)  epoch \(state.epoch)  session \(state.session)", "",
            "  \(state.phase.name)  \(state.cause.name)"
                + (state.phase == .safeStop ? "  stop \(state.stopNumber)" : ""),
            "  rtt \(roundTrip(statistics))   age \(age(state))   loss \(loss(state, statistics))   "
                + "newest by \(name(transport)), \(milliseconds(statistics.stateAge)) ago",
            "  speed cap \(state.speedCap / 10) %   \(flags(state))", "",
            "  \(pad("axis", 16))\(pad("wanted", 10))\(pad("written", 10))read back",
        ]
        for (place, name) in plate.axes.prefix(8).enumerated() {
            lines.append(
                "  \(pad(name, 16))\(pad(position(statistics.wanted[place]), 10))"
                    + "\(pad(position(state.written[place]), 10))\(position(state.readBack[place]))")
        }
        lines.append("")
        lines.append("  enable \(statistics.isEnabled ? "HELD" : "released")")
        if let reject = state.lastReject { lines.append("  last reject \(reject.name), \(state.rejects) in all") }
        return lines.joined(separator: "\n")
    }

    private static func flags(_ state: StateFrame) -> String {
        let names: [(StateFrame.Flags, String)] = [
            (.watchdogOK, "watchdog ok"), (.emergencyStop, "E-STOP"), (.localOperator, "LOCAL OPERATOR"),
            (.standstill, "standstill"), (.neutral, "neutral"), (.deviceLost, "MACHINE LOST"), (.offered, "offered"),
            (.useBroker, "MQTT asked for"),
        ]
        return names.filter { state.flags.contains($0.0) }.map(\.1).joined(separator: ", ")
    }

    private static func name(_ transport: ConsoleTransport) -> String {
        switch transport {
        case .broker: "MQTT"
        case .direct(let path): "direct path" + (path.map { " \($0)" } ?? "")
        }
    }

    private static func loss(_ state: StateFrame, _ statistics: ConsoleStatistics) -> String {
        let paths = statistics.paths.prefix(3).map { "\($0): \(permille(state.lossOfPath[Int(min($0, 3))]))" }
        return ([permille(state.loss)] + paths + ["MQTT: \(permille(state.lossOfPath[3]))"]).joined(separator: "  ")
    }

    private static func permille(_ value: UInt16) -> String { "\(value / 10).\(value % 10) %" }
    private static func roundTrip(_ statistics: ConsoleStatistics) -> String { milliseconds(statistics.roundTrip) }
    private static func milliseconds(_ time: Duration?) -> String { time.map { "\($0.wholeMilliseconds) ms" } ?? "–" }
    private static func age(_ state: StateFrame) -> String {
        state.age == StateFrame.unknownAge ? "–" : "\(state.age / 1000) ms"
    }

    private static func position(_ value: Int16) -> String {
        let digits = String(abs(Int(value)))
        let padded = String(repeating: "0", count: max(0, 4 - digits.count)) + digits
        return "\(value < 0 ? "-" : "+")\(padded.prefix(1)).\(padded.dropFirst())"
    }

    private static func pad(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(1, width - text.count))
    }

    // MARK: Programs

    static func state(
        _ state: StateFrame, by transport: ConsoleTransport, _ statistics: ConsoleStatistics, _ plate: Nameplate
    ) -> String {
        var json = JSONWriter()
        begin(&json, "state")
        json.member("state", .text(state.phase.name))
        json.member("reason", .text(state.cause.name))
        json.member("session", .unsigned(UInt64(state.session)))
        json.member("epoch", .unsigned(state.epoch))
        json.member("stop", .unsigned(UInt64(state.stopNumber)))
        json.member("by", .text(name(transport)))
        json.member("v_cap", .unsigned(UInt64(state.speedCap)))
        if let trip = statistics.roundTrip {
            json.member("rtt_us", .decimal(.init(mantissa: trip.wholeNanoseconds / 1000)))
        }
        if state.age != StateFrame.unknownAge { json.member("age_us", .unsigned(UInt64(state.age))) }
        json.member("loss", .unsigned(UInt64(state.loss)))
        list(&json, "loss_of_path", (0..<4).map { Int64(state.lossOfPath[$0]) })
        json.member("enable", .bool(statistics.isEnabled))
        let count = min(8, plate.axes.count)
        list(&json, "wanted", (0..<count).map { Int64(statistics.wanted[$0]) })
        list(&json, "written", (0..<count).map { Int64(state.written[$0]) })
        list(&json, "read_back", (0..<count).map { Int64(state.readBack[$0]) })
        json.member("reject", .text(state.lastReject?.name ?? "none"))
        json.member("rejects", .unsigned(UInt64(state.rejects)))
        json.member("watchdog", .bool(state.flags.contains(.watchdogOK)))
        json.member("estop", .bool(state.flags.contains(.emergencyStop)))
        json.member("standstill", .bool(state.flags.contains(.standstill)))
        json.member("neutral", .bool(state.flags.contains(.neutral)))
        json.raw("}")
        return json.text
    }

    static func nameplate(_ plate: Nameplate, _ role: OperatorRole) -> String {
        var json = JSONWriter()
        begin(&json, "offered")
        for (name, text) in [
            ("gateway", plate.gateway), ("machine", plate.machine), ("title", plate.title), ("serial", plate.serial),
            ("owner", plate.owner), ("location", plate.location), ("software", plate.software),
            ("configuration", plate.configuration), ("profile", Hex.text(Hex.bigEndian(plate.profile))),
            ("top_speed", plate.topSpeed), ("creep_speed", plate.creepSpeed), ("role", role.rawValue),
        ] { json.member(name, .text(text)) }
        json.raw("}")
        return json.text
    }

    /// Nil for what has lines of its own, or is too much for one.
    static func event(_ event: ConsoleEvent) -> String? {
        var json = JSONWriter()
        switch event {
        case .state, .unprovedState, .offered: return nil
        case .connected: begin(&json, "connected")
        case .waiting: begin(&json, "waiting")
        case .inputStarted: begin(&json, "input_started")
        case .granted(let session, let epoch):
            begin(&json, "granted")
            json.member("session", .unsigned(UInt64(session)))
            json.member("epoch", .unsigned(epoch))
        case .refused(let reason, let detail):
            begin(&json, "refused")
            json.member("reason", .text(reason))
            json.member("detail", .text(detail))
        case .inputLost(let text): detail(&json, "input_lost", text)
        case .brokerLost(let text): detail(&json, "broker_lost", text)
        case .lost(let text): detail(&json, "lost", text)
        case .ended(let phase, let cause, let by):
            begin(&json, "ended")
            json.member("state", .text(phase.name))
            json.member("reason", .text(cause.name))
            if let by { json.member("by", .text(by)) }
        }
        json.raw("}")
        return json.text
    }

    private static func detail(_ json: inout JSONWriter, _ event: String, _ text: String) {
        begin(&json, event)
        json.member("detail", .text(text))
    }

    private static func begin(_ json: inout JSONWriter, _ event: String) {
        json.raw("{\"event\":")
        json.string(event)
    }

    private static func list(_ json: inout JSONWriter, _ name: String, _ values: [Int64]) {
        json.raw(",")
        json.string(name)
        json.raw(":[")
        for value in values {
            json.integer(value)
            json.raw(",")
        }
        if !values.isEmpty { json.removeLast() }
        json.raw("]")
    }
}
