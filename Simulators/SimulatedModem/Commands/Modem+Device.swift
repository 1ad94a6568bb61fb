import SimulatorKit

/// Time, temperature, counters, CFUN.
extension Modem {
    static let deviceCommands: [String: Handler] = [
        "+CCLK": { modem, command in
            command.kind == .read ? .ok("+CCLK: \"\(modem.clock)\"") : .ok
        },
        "+CTZU": { modem, command in
            switch command.kind {
            // ModemManager 1.20's Quectel plugin crashes on a test answered without its ranges.
            case .test: return .ok(modem.personality.isQuectel ? "+CTZU: (0,1,3)" : "+CTZU: (0,1)")
            case .read: return .ok("+CTZU: \(modem.settings.timeZoneUpdates)")
            default:
                modem.settings.timeZoneUpdates = command.integer(0) ?? 0
                return .ok
            }
        },
        "+CTZR": { modem, command in
            if command.kind == .test { return .ok("+CTZR: (0,1,2)") }
            if command.kind == .read { return .ok("+CTZR: \(modem.settings.timeZoneReports)") }
            modem.settings.timeZoneReports = command.integer(0) ?? 0
            return .ok
        },
        "+QTEMP": { modem, _ in .ok(modem.temperatures) },
        "+QGDCNT": { modem, command in modem.counters(command, in: [.lte, .nsa]) },
        "+QGDNRCNT": { modem, command in modem.counters(command, in: [.nr]) },
        "+CFUN": { modem, command in
            switch command.kind {
            case .read: .ok("+CFUN: \(modem.function)")
            case .test: .ok("+CFUN: (0,1,4),(0,1)")
            default: modem.changeFunction(command)
            }
        },
        "+QPOWD": { modem, _ in
            modem.powerOff()
            return .ok
        },
    ]

    /// Quarter-hours east of Greenwich behind it. Before the network has told the time it counts from 1980.
    private var clock: String {
        guard clockIsSet else { return CalendarTime(utc: 315_964_800 + now / Modem.second).text + "+00" }
        return CalendarTime(utc: world.epoch + now / Modem.second + 8 * 3600).text + "+32"
    }

    private var temperatures: [String] {
        let warmth = 41 + noise.value + (sessionIsUp ? 6 : 0)
        if personality == .unisoc {
            let tenths = [warmth, warmth - 3].map { "\(Double($0.whole) + 0.5)" }
            return ["+QTEMP:\"soc-thmzone\",\"\(tenths[0])\"", "+QTEMP:\"pa-thmzone\",\"\(tenths[1])\""]
        }
        let sensors = [("modem-lte-sub6-pa1", -3.0), ("modem-sdr0-pa0", -4), ("modem-mmw0", .nan), ("cpuss-0", 1)]
        return sensors.map { "+QTEMP: \"\($0.0)\",\"\($0.1.isNaN ? "-" : "\((warmth + $0.1).whole)")\"" }
    }

    /// Bytes sent and received, or the other way round; those of the other technology stand at nothing.
    private mutating func counters(_ command: ATCommand, in technologies: [RadioTechnology]) -> Reply {
        if command.kind == .set {
            if command.integer(0) == 0 { traffic.reset() }
            return .ok
        }
        if counterHabits.areRefused { return .error }
        let isServing = technologies.contains(personality.technology)
        let counters = isServing ? counterHabits.told(traffic.counters) : TrafficCounters()
        let (first, second) =
            personality.countersAreSwapped != counterHabits.areExchanged
            ? (counters.down, counters.up) : (counters.up, counters.down)
        return .ok("\(command.name): \(first),\(second)")
    }

    private mutating func changeFunction(_ command: ATCommand) -> Reply {
        guard let wanted = command.integer(0), [0, 1, 4].contains(wanted) else {
            return .refused(.incorrectParameters)
        }
        if command.integer(1) == 1 {
            resetDue = now + Modem.second / 2
            return .ok
        }
        let old = function
        function = wanted
        if wanted != 1 { halfway.insert(.radio) }
        if wanted == 1, old != 1 {
            announceCard()
            if halfway.contains(.radio) { reach(.radio) }
        }
        return .ok.late(300_000_000)
    }
}
