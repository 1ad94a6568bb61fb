import FieldModel
import Link
import PathProbe

/// What is told of one path: on the `link` topic, and to whoever asks for the status.
struct LinkReport: Sendable {
    var path: String
    var device: String
    var health: String
    var modem: String?
    var phase: String?
    var hold: String?
    var problem: String?
    var purposes: [String] = []
    var radio: RadioAccess?
    var cell: ServingCell?
    var signal = SignalReading()
    var session = DataSession()
    var temperature: Double?
    var roundTrip: Duration?
    var queueDelay: Duration?
    var loss: Double
    var rate: BitRate?
    var sentBytes: UInt64
    var receivedBytes: UInt64
    /// For metering, and not told to everybody.
    var identity: ModemIdentity?
    var counters: ModemCounters?

    init(_ watch: PathWatch, machine: LinkMachine?, purposes: [TrafficClass], since: Instant, at now: Instant) {
        path = watch.settings.id
        device = watch.settings.device
        health = watch.monitor.health.rawValue
        modem = watch.settings.modem
        problem = watch.problem
        self.purposes = purposes.map(\.rawValue)
        roundTrip = watch.monitor.window.roundTrip(since: since)
        queueDelay = watch.monitor.window.queueDelay(since: since)
        loss = watch.monitor.window.loss(at: now)
        rate = watch.controller?.rate
        sentBytes = watch.counters.sentBytes
        receivedBytes = watch.counters.receivedBytes
        guard let machine else { return }
        phase = machine.phase.name
        hold = machine.hold?.name
        radio = machine.report.radio
        cell = machine.report.cell
        signal = machine.report.signal
        session = machine.report.session
        temperature = machine.report.temperature
        identity = machine.report.identity
        counters = machine.report.counters
    }

    /// `1,1.0000ab`; nil where there is none.
    private static func list(_ slices: [NetworkSlice]) -> String? {
        let names = slices.map(text)
        return names.isEmpty ? nil : names.joined(separator: ",")
    }

    static func text(_ slice: NetworkSlice) -> String {
        slice.differentiator.map { "\(slice.serviceType).\(String(0x100_0000 + $0, radix: 16).dropFirst())" }
            ?? "\(slice.serviceType)"
    }

    /// Units are in the names: dBm, dB, ms, kbit/s, bytes, °C.
    var fields: [EventBatch.Field] {
        var fields: [EventBatch.Field] = [.init("device", .text(device)), .init("health", .text(health))]
        func text(_ name: String, _ value: String?) { if let value { fields.append(.init(name, .text(value))) } }
        func number(_ name: String, _ value: Double?) {
            if let value { fields.append(.init(name, .decimal(DecimalNumber(rounding: value, digits: 1)))) }
        }
        func integer(_ name: String, _ value: Int64?) { if let value { fields.append(.init(name, .integer(value))) } }
        text("purposes", purposes.isEmpty ? nil : purposes.joined(separator: ","))
        text("phase", phase)
        text("hold", hold)
        text("problem", problem)
        text("rat", radio?.rawValue)
        text("plmn", (cell?.network).flatMap { $0.isEmpty ? nil : $0 })
        integer("tac", cell?.area.map(Int64.init))
        integer("cell", cell?.cell.map(Int64.init(clamping:)))
        integer("pci", cell?.physicalCell.map(Int64.init))
        number("rsrp_dbm", signal.rsrp)
        number("rsrq_db", signal.rsrq)
        number("sinr_db", signal.sinr)
        text("slices", Self.list(session.allowedSlices))
        text("slices_rejected", Self.list(session.rejectedSlices))
        number("temp_c", temperature)
        number("rtt_ms", roundTrip.map { $0.inSeconds * 1000 })
        number("queue_ms", queueDelay.map { $0.inSeconds * 1000 })
        number("loss_percent", loss * 100)
        integer("rate_kbit_s", rate.map { $0.bitsPerSecond / 1000 })
        integer("tx_bytes", Int64(clamping: sentBytes))
        integer("rx_bytes", Int64(clamping: receivedBytes))
        return fields
    }
}
