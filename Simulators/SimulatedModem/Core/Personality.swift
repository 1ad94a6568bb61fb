/// Whose modem it is. The table in Docs/modem-simulator.md says the same.
package enum Personality: String, Sendable, CaseIterable {
    case quectelSA = "quectel-sa"
    case quectelNSA = "quectel-nsa"
    case generic
    case unisoc

    var manufacturer: String { self == .generic ? "Generic" : "Quectel" }

    var model: String {
        switch self {
        case .quectelSA: "RG520N-SIM"
        case .quectelNSA: "RM500Q-SIM"
        case .generic: "GM-27007"
        case .unisoc: "RG500U-SIM"
        }
    }

    var revision: String {
        switch self {
        case .quectelSA: "RG520NSIMR03A01M4G"
        case .quectelNSA: "RM500QSIMR11A06M4G"
        case .generic: "1.0.0"
        case .unisoc: "RG500USIMR01A02M2G"
        }
    }

    /// `+CGMM: "…"` in place of a bare line.
    var namesIdentityAnswers: Bool { self == .generic }

    /// The one that this firmware knows.
    var cardIdentityCommand: String {
        switch self {
        case .quectelSA, .quectelNSA: "+QCCID"
        case .generic: "+CCID"
        case .unisoc: "+ICCID"
        }
    }

    var isQuectel: Bool { self == .quectelSA || self == .quectelNSA }

    /// Received before sent.
    var countersAreSwapped: Bool { self == .unisoc }

    /// Bandwidth in QENG is an index on Qualcomm parts, MHz elsewhere.
    var bandwidthField: Int { self == .unisoc ? 100 : 12 }

    var knows5GCore: Bool { self == .quectelSA || self == .unisoc }

    /// Radio technology of the default drive.
    package var technology: RadioTechnology {
        switch self {
        case .quectelSA, .unisoc: .nr
        case .quectelNSA: .nsa
        case .generic: .lte
        }
    }

    /// AT+WS46 (TS 27.007, 5.9): 28 E-UTRAN, 36 NG-RAN, 37 both. ModemManager asks after 4G and 5G only where it
    /// finds them here.
    var radioModes: String {
        switch self {
        case .quectelSA, .unisoc: "28,36,37"
        case .quectelNSA: "28,37"
        case .generic: "28"
        }
    }

    /// What this modem makes of a cell of that technology.
    func best(of technology: RadioTechnology) -> RadioTechnology {
        switch (self, technology) {
        case (_, .lte), (.generic, _): .lte
        case (.quectelNSA, _): .nsa
        case (.quectelSA, .nsa): .lte
        default: technology
        }
    }

    func lacks(_ command: String) -> Bool {
        switch command {
        case "+CCID", "+QCCID", "+ICCID": return command != cardIdentityCommand
        case "+C5GNSSAI", "+C5GNSSAIRDP": return !knows5GCore
        case "+C5GREG": return self == .generic
        default: return self == .generic && (command.hasPrefix("+Q") || command == "+CTZR")
        }
    }
}
