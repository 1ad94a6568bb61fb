/// The radio a modem is camped on. Numbers are those of +COPS (3GPP TS 27.007, 7.3).
public enum RadioAccess: String, Sendable, CaseIterable {
    case gsm, umts, lte
    /// LTE as anchor, NR as second leg (EN-DC).
    case nrNSA = "nr-nsa"
    case nrSA = "nr-sa"
}

/// What the network says to this modem (3GPP TS 27.007, 7.2 and 10.1.22: `<stat>`).
public enum Registration: String, Sendable, CaseIterable {
    case idle, home, searching, denied, roaming, unknown

    public var isRegistered: Bool { self == .home || self == .roaming }
}

/// Why the network refused (3GPP TS 24.501, 9.11.3.2 and 9.11.4.2; TS 24.301, 9.9.3.9 and 9.9.4.4).
public struct RejectCause: Hashable, Sendable {
    public enum Layer: String, Sendable, CaseIterable {
        case mobility5G = "5gmm"
        case session5G = "5gsm"
        case mobility4G = "emm"
        case session4G = "esm"
    }

    public var layer: Layer
    public var code: Int

    public init(layer: Layer, code: Int) {
        self.layer = layer
        self.code = code
    }
}

/// The card's state (3GPP TS 27.007, 8.3).
public enum SIMState: String, Sendable, CaseIterable {
    case ready, absent, busy
    case pinRequired = "pin-required"
    case pukRequired = "puk-required"
    case unknown
}

/// Who the modem and its card are. Empty where the modem did not say.
public struct ModemIdentity: Hashable, Sendable {
    public var manufacturer = ""
    public var model = ""
    public var revision = ""
    /// 15 digits (3GPP TS 23.003, 6.2.1).
    public var imei = ""
    /// 19 or 20 digits (ITU-T E.118).
    public var iccid = ""
    /// At most 15 digits (3GPP TS 23.003, 2.2).
    public var imsi = ""

    public init() {}
}

/// A cell, as far as it is known.
public struct ServingCell: Hashable, Sendable {
    /// Country and network code, 5 or 6 digits.
    public var network = ""
    /// Tracking area code.
    public var area: UInt32?
    /// The cell's identity: 28 bits in LTE, 36 in NR.
    public var cell: UInt64?
    /// Physical cell identity: 0–503 in LTE, 0–1007 in NR.
    public var physicalCell: Int?
    /// E-UTRA or NR channel number.
    public var channel: Int?
    public var band: Int?
    /// MHz.
    public var bandwidth: Double?

    public init() {}
}

/// How well a cell is heard. Nil is what the modem did not say.
public struct SignalReading: Hashable, Sendable {
    /// Reference signal received power, dBm.
    public var rsrp: Double?
    /// Reference signal received quality, dB.
    public var rsrq: Double?
    /// Signal to interference and noise, dB.
    public var sinr: Double?
    /// Received signal strength, dBm.
    public var rssi: Double?

    public init() {}
}

/// A network slice (S-NSSAI; 3GPP TS 23.003, 28.4).
public struct NetworkSlice: Hashable, Sendable {
    public var serviceType: UInt8
    /// 24 bits.
    public var differentiator: UInt32?

    public init(serviceType: UInt8, differentiator: UInt32?) {
        self.serviceType = serviceType
        self.differentiator = differentiator
    }
}

/// The data session of one modem (a PDU session in 5G, a PDN connection in LTE).
public struct DataSession: Hashable, Sendable {
    public var isActive = false
    /// IPv4 and IPv6 addresses as the modem gives them.
    public var addresses: [String] = []
    public var allowedSlices: [NetworkSlice] = []
    public var rejectedSlices: [NetworkSlice] = []

    public init() {}
}

/// Bytes that a modem counted since it counts.
public struct ModemCounters: Hashable, Sendable {
    public var up: UInt64
    public var down: UInt64

    public init(up: UInt64, down: UInt64) {
        self.up = up
        self.down = down
    }
}

/// All that one round of questions learned. Nil is what was not asked, or not answered.
public struct ModemReport: Hashable, Sendable {
    public var identity = ModemIdentity()
    public var sim = SIMState.unknown
    public var registration = Registration.unknown
    public var reject: RejectCause?
    public var radio: RadioAccess?
    public var cell: ServingCell?
    /// Of the second leg in EN-DC, as far as the modem says.
    public var signal = SignalReading()
    /// Of the LTE anchor in EN-DC.
    public var anchor: SignalReading?
    public var session = DataSession()
    public var counters: ModemCounters?
    /// The hottest place, °C.
    public var temperature: Double?
    /// The network's time.
    public var networkTime: Timestamp?
    /// The card slot in use, from 1; nil where there is one only.
    public var slot: Int?

    public init() {}
}
