import SimulatorKit

/// What time brings: start-up, registration, hand-over, loss of sessions.
extension Modem {
    static let second: Int64 = 1_000_000_000
    /// A session outlives a tunnel of this length.
    static let sessionGrace = 30 * second

    mutating func step(to time: Int64) {
        guard time > now else { return }
        now = time
        if let resetDue, now >= resetDue {
            reboot()
            reach(.reset)
        }
        if case .booting(let until) = power, now >= until { comeUp() }
        let seconds = Double(now - lastStep) / Double(Modem.second)
        lastStep = now
        noise.step(min(seconds, 1), &random)
        if sessionIsUp { traffic.model(seconds, dead: world.deadDataCure != nil, &random) }
        settle()
    }

    /// Brings registration, sessions and reports in line with the world.
    mutating func settle() {
        updateRegistration()
        updateSessions()
        reportChanges()
    }

    var wantsNetwork: Bool {
        isRunning && function == 1 && card?.lock == .ready && selection != .deregistered
    }

    /// Where the modem is, in a technology it can use.
    var place: (cell: Cell, signal: Signal)? {
        guard var place = world.place(at: now) else { return nil }
        place.cell.technology = personality.best(of: place.cell.technology)
        place.signal.rsrp += noise.value
        place.signal.sinr += noise.value / 2
        return place
    }

    private mutating func updateRegistration() {
        guard wantsNetwork else {
            registration = .idle
            return
        }
        guard let cell = place?.cell, accepts(cell) else {
            registration = .noCell
            return
        }
        let refused = world.denial?.refusesRegistration ?? false
        switch registration {
        case .idle: search(taking: 1 + 3 * random.unit())
        case .noCell: search(taking: 0.3 + random.unit())
        case .searching(let until) where now >= until:
            registration = refused ? .denied(cell) : .registered(cell)
            if refused { tally.refusals += 1 } else { register() }
        case .searching: break
        case .registered: registration = refused ? .denied(cell) : .registered(cell)
        case .denied: if refused { registration = .denied(cell) } else { search(taking: 1 + random.unit()) }
        }
    }

    private mutating func search(taking seconds: Double) {
        registration = .searching(until: now + Int64(seconds * Double(Modem.second)))
    }

    private mutating func register() {
        tally.registrations += 1
        let wasSet = clockIsSet
        clockIsSet = true
        if !wasSet, settings.timeZoneReports == 1 { announce("+CTZV: +32") }
    }

    func accepts(_ cell: Cell) -> Bool {
        guard case .manual(let network) = selection else { return true }
        return (cell.network ?? card?.homeNetwork) == network
    }

    private mutating func updateSessions() {
        switch registration {
        case .registered: coverageLost = nil
        case .noCell, .searching:
            let lost = coverageLost ?? now
            coverageLost = lost
            if now - lost > Modem.sessionGrace { loseSessions() }
        case .idle, .denied: loseSessions()
        }
        let isUp = registration.isRegistered && contexts.values.contains(where: \.isActive)
        if isUp != sessionIsUp { events.append(.session(up: isUp)) }
        sessionIsUp = isUp
    }

    /// The network, or the radio's end, takes all sessions.
    mutating func loseSessions() {
        let lost = contexts.keys.filter { contexts[$0]?.isActive == true }.sorted()
        guard !lost.isEmpty else { return }
        for cid in lost { loseSession(cid) }
        events.append(.carrierLost)
    }

    private mutating func loseSession(_ cid: Int) {
        contexts[cid]?.isActive = false
        if settings.packetEvents > 0 { announce("+CGEV: NW PDN DEACT \(cid)") }
    }

    private mutating func comeUp() {
        power = .on
        function = 1
        for place in slots.indices { slots[place]?.powerUp() }
        events.append(.portsBack)
        announce("RDY")
        announce("+CFUN: 1")
        announceCard()
    }

    mutating func announceCard() {
        announce(cardLine ?? "+CPIN: NOT INSERTED")
    }

    private mutating func reportChanges() {
        for report in RegistrationReport.allCases {
            let mode = settings.reports[report] ?? 0
            let line = registrationText(report, mode: mode)
            let known = reported.updateValue(line, forKey: report)
            if mode > 0, let known, known != line { announce("\(report.rawValue): \(line)") }
        }
    }
}
