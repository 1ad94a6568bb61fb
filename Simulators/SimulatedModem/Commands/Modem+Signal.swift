/// Signal quality: CSQ, CESQ and the vendor's forms.
extension Modem {
    static let signalCommands: [String: Handler] = [
        "+CSQ": { modem, command in command.kind == .test ? .ok("+CSQ: (0-31,99),(0-7,99)") : .ok(modem.csq) },
        "+CESQ": { modem, command in command.kind == .test ? .ok(cesqRange) : .ok(modem.cesq) },
        "+QCSQ": { modem, _ in .ok(modem.qcsq) },
        "+QRSRP": { modem, _ in .ok(modem.qrsrp) },
        "+QENG": { modem, command in
            guard command.argument(0) == "servingcell" else { return .refused(.incorrectParameters) }
            return .ok(modem.servingCell)
        },
    ]

    private static let cesqRange = "+CESQ: (0-63,99),(0-7,99),(0-96,255),(0-49,255),(0-34,255),(0-97,255)"

    /// Camped, whether registered or not.
    var camped: (cell: Cell, signal: Signal)? { isRunning && function == 1 ? place : nil }

    /// Not defined for NR: a 5G modem says 99.
    private var csq: String {
        guard let (cell, signal) = camped, cell.technology != .nr else { return "+CSQ: 99,99" }
        // RSSI of a loaded 20 MHz cell lies some 20 dB above the RSRP of one resource element.
        return "+CSQ: \(level(signal.rsrp + 20, from: -113, step: 2, 0...31)),99"
    }

    /// TS 27.007, 8.69: six fields, and in 5G three more with the other six not known.
    private var cesq: String {
        guard let (cell, signal) = camped else {
            return personality.knows5GCore
                ? "+CESQ: 99,99,255,255,255,255,255,255,255" : "+CESQ: 99,99,255,255,255,255"
        }
        guard cell.technology != .nr else {
            let rsrq = level(signal.rsrq, from: -43.5, step: 0.5, 0...126)
            let rsrp = level(signal.rsrp, from: -157, step: 1, 0...126)
            let sinr = level(signal.sinr, from: -23.5, step: 0.5, 0...127)
            return "+CESQ: 99,99,255,255,255,255,\(rsrq),\(rsrp),\(sinr)"
        }
        let rsrq = level(signal.rsrq, from: -20, step: 0.5, 0...34)
        let rsrp = level(signal.rsrp, from: -141, step: 1, 0...97)
        return "+CESQ: 99,99,255,255,\(rsrq),\(rsrp)" + (personality.knows5GCore ? ",255,255,255" : "")
    }

    private var qcsq: String {
        guard let (cell, signal) = camped else { return "+QCSQ: \"NOSERVICE\"" }
        let (rsrp, rsrq, sinr) = (signal.rsrp.whole, signal.rsrq.whole, signal.sinr.whole)
        switch cell.technology {
        case .nr: return "+QCSQ: \"NR5G\",\(rsrp),\(sinr),\(rsrq)"
        case .lte, .nsa: return "+QCSQ: \"LTE\",\((signal.rsrp + 20).whole),\(rsrp),\(sinr),\(rsrq)"
        }
    }

    /// Per antenna; -32768 where none is connected.
    private var qrsrp: [String] {
        guard let (cell, signal) = camped else { return [] }
        let antennas = "+QRSRP: \(signal.rsrp.whole),\((signal.rsrp - 2).whole),-32768,-32768,"
        switch cell.technology {
        case .nr: return [antennas + "NR5G"]
        case .lte: return [antennas + "LTE"]
        case .nsa: return [antennas + "LTE", antennas + "NR5G"]
        }
    }

    private func level(_ value: Double, from lowest: Double, step: Double, _ range: ClosedRange<Int>) -> Int {
        min(range.upperBound, max(range.lowerBound, Int(((value - lowest) / step).rounded(.down))))
    }
}

extension Double {
    var whole: Int { Int(rounded()) }
}
