import FieldModel

/// One round of questions about all that changes.
struct ObservationRound {
    private let modem: ATModem
    private var report = ModemReport()

    init(modem: ATModem) {
        self.modem = modem
    }

    mutating func run() throws(ModemFault) -> ModemReport {
        try card()
        try registration()
        try cell()
        try signal()
        try session()
        try slices()
        try counters()
        try rest()
        try reject()
        report.identity = modem.identity
        modem.radio = report.radio
        return report
    }

    /// A card that was changed is noticed even where the modem says nothing.
    private mutating func card() throws(ModemFault) {
        report.sim = try modem.card()
        guard report.sim == .ready else { return }
        let number = try modem.cardNumber()
        guard number != modem.identity.iccid || modem.identity.imsi.isEmpty else { return }
        modem.identity.iccid = number
        modem.identity.imsi = IdentityReply.imsi(try modem.answer(modem.profile.identity.imsi))
    }

    private mutating func registration() throws(ModemFault) {
        var best = RegistrationReply()
        for command in modem.profile.registration {
            let lines = try modem.answer(command)
            guard let line = lines.last, let reply = RegistrationReply(line, isAnswer: true) else { continue }
            if Self.rank(reply.state) > Self.rank(best.state) { best = reply }
            if reply.state.isRegistered { break }
        }
        report.registration = best.state
        report.reject = best.reject
        report.session.allowedSlices = best.allowedSlices
        let network = RegistrationReply.network(try modem.answer("AT+COPS?"))
        report.radio = network.radio ?? best.radio
        guard best.state.isRegistered else { return }
        var cell = ServingCell()
        cell.network = network.code
        cell.area = best.area
        cell.cell = best.cell
        report.cell = cell
    }

    /// A refusal says more than a search, and a search more than nothing.
    private static func rank(_ state: Registration) -> Int {
        switch state {
        case .unknown: 0
        case .idle: 1
        case .searching: 2
        case .denied: 3
        case .roaming, .home: 4
        }
    }

    private mutating func cell() throws(ModemFault) {
        guard let profile = modem.profile.cell else { return }
        let reply = CellReply(try modem.answer(profile.command), profile: profile)
        report.signal = reply.signal
        report.anchor = reply.anchor
        guard report.registration.isRegistered else { return }
        report.radio = reply.radio ?? report.radio
        guard var cell = reply.cell else { return }
        if cell.network.isEmpty { cell.network = report.cell?.network ?? "" }
        cell.area = cell.area ?? report.cell?.area
        cell.cell = cell.cell ?? report.cell?.cell
        report.cell = cell
    }

    private mutating func signal() throws(ModemFault) {
        for command in modem.profile.signal where report.signal.rsrp == nil {
            let reading = SignalReply.read(try modem.answer(command))
            report.signal.rsrp = reading.rsrp
            report.signal.rsrq = report.signal.rsrq ?? reading.rsrq
            report.signal.sinr = report.signal.sinr ?? reading.sinr
            report.signal.rssi = report.signal.rssi ?? reading.rssi
        }
    }

    private mutating func session() throws(ModemFault) {
        let context = modem.settings.context
        report.session.isActive = SessionReply.isActive(try modem.answer("AT+CGACT?"), context: context) ?? false
        guard report.session.isActive else { return }
        modem.refusal = nil
        report.session.addresses = SessionReply.addresses(
            try modem.answer("AT+CGPADDR=\(context)"), context: context)
    }

    private mutating func slices() throws(ModemFault) {
        guard let query = modem.profile.slice.query, report.radio == .nrSA else { return }
        let slices = SliceReply.report(try modem.answer(query))
        if !slices.allowed.isEmpty { report.session.allowedSlices = slices.allowed }
        report.session.rejectedSlices = slices.rejected
    }

    private mutating func counters() throws(ModemFault) {
        guard let counted = try modem.rawCounters() else { return }
        report.counters = modem.order.counters(first: counted.first, second: counted.second)
    }

    private mutating func rest() throws(ModemFault) {
        if let command = modem.profile.temperature {
            report.temperature = SessionReply.temperature(try modem.answer(command), of: command)
        }
        if let command = modem.profile.time { report.networkTime = SessionReply.clock(try modem.answer(command)) }
        report.slot = try modem.slot()
    }

    /// A cause is asked for while something is refused; what was refused before a session came up is history.
    private mutating func reject() throws(ModemFault) {
        guard report.registration == .denied || !report.session.isActive else { return }
        if let command = modem.profile.reject,
            let cause = RejectReply.vendor(try modem.answer(command), command: command)
        {
            report.reject = cause
        }
        report.reject = report.reject ?? modem.refusal
    }
}
