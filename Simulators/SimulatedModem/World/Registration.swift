/// Why the network refuses.
package enum Denial: Equatable, Sendable {
    /// Registration refused by a 5G core (TS 24.501, 9.11.3.2).
    case mobility5G(Int)
    /// Attach refused by an EPC (TS 24.301, 9.9.3.9).
    case mobility4G(Int)
    /// Registered, but every session is refused (TS 24.301, 9.9.4.4).
    case session(Int)

    var refusesRegistration: Bool {
        if case .session = self { return false }
        return true
    }

    package var text: String {
        switch self {
        case .mobility5G(let cause): "5gmm \(cause)"
        case .mobility4G(let cause): "emm \(cause)"
        case .session(let cause): "esm \(cause)"
        }
    }
}

/// Where the modem stands with the network.
package enum Registration: Equatable, Sendable {
    /// Radio off, no usable card, or told to stay away.
    case idle
    /// No cell to register with.
    case noCell
    /// Registers at this time.
    case searching(until: Int64)
    case registered(Cell)
    case denied(Cell)

    /// stat of TS 27.007, 7.2, but for home and roaming.
    package var isRegistered: Bool {
        if case .registered = self { return true }
        return false
    }

    package var name: String {
        switch self {
        case .idle: "idle"
        case .noCell: "no-cell"
        case .searching: "searching"
        case .registered: "registered"
        case .denied: "denied"
        }
    }
}

/// The four registration reports.
package enum RegistrationReport: String, Sendable, CaseIterable {
    case circuit = "+CREG"
    case packet = "+CGREG"
    case evolved = "+CEREG"
    case fiveG = "+C5GREG"
}

/// What the host said about operators.
package enum OperatorSelection: Equatable, Sendable {
    case automatic
    /// AT+COPS=1: this network or none.
    case manual(String)
    /// AT+COPS=2
    case deregistered

    var mode: Int {
        switch self {
        case .automatic: 0
        case .manual: 1
        case .deregistered: 2
        }
    }
}
