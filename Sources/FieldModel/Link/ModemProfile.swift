/// What one family of modems is asked, and in which order it answers. What 3GPP TS 27.007 fixes is not repeated here.
public struct ModemProfile: Hashable, Sendable, Identifiable {
    public var id: String
    public var title: String
    /// Words of a manufacturer's or model's name this profile is for; none: for every modem.
    public var matches: [String] = []
    /// Sent when the port was opened and after a restart. A refusal is no fault: not every modem knows every one.
    public var setUp: [String] = []
    public var identity = Identity()
    /// Asked in turn until one says that the modem is registered.
    public var registration = ["AT+C5GREG?", "AT+CEREG?", "AT+CGREG?"]
    public var cell: CellReply?
    /// Asked in turn while the received power is unknown: AT+CESQ, AT+CSQ, AT+QCSQ, AT+QRSRP.
    public var signal = ["AT+CESQ", "AT+CSQ"]
    /// Why the network refused, as AT+QNETRC? tells.
    public var reject: String?
    public var counters: Counters?
    public var temperature: String?
    public var time: String? = "AT+CCLK?"
    public var slice = Slice()
    public var slots: Slots?
    public var notices = Notices()
    public var timeouts = Timeouts()

    public init(id: String, title: String) {
        self.id = id
        self.title = title
    }

    public struct Identity: Hashable, Sendable {
        public var manufacturer = "AT+CGMI"
        public var model = "AT+CGMM"
        public var revision = "AT+CGMR"
        public var imei = "AT+CGSN"
        public var imsi = "AT+CIMI"
        /// Asked in turn until one answers.
        public var iccid = ["AT+CCID", "AT+ICCID"]

        public init() {}
    }

    /// The serving cell in one reply, of one line or more.
    public struct CellReply: Hashable, Sendable {
        public var command: String
        public var forms: [CellForm]
        public var bandwidth: Bandwidth

        public init(command: String, forms: [CellForm], bandwidth: Bandwidth) {
            self.command = command
            self.forms = forms
            self.bandwidth = bandwidth
        }
    }

    /// What follows a technology's word.
    public struct CellForm: Hashable, Sendable {
        /// As the modem spells it: `NR5G-SA`.
        public var word: String
        /// `nrNSA` marks the second leg of EN-DC, beside the LTE anchor.
        public var radio: RadioAccess
        public var fields: [CellField]

        public init(word: String, radio: RadioAccess, fields: [CellField]) {
            self.word = word
            self.radio = radio
            self.fields = fields
        }
    }

    public enum CellField: String, Sendable, CaseIterable {
        case skip, mcc, mnc, channel, band, bandwidth, rsrp, rsrq, sinr, rssi
        /// Hexadecimal.
        case cell, area
        case physicalCell = "physical-cell"
        /// 0–250, for −20 to 30 dB.
        case sinrFifths = "sinr-fifths"
    }

    public enum Bandwidth: String, Sendable, CaseIterable {
        /// The place in the standard's list of bandwidths.
        case index
        /// MHz.
        case literal
    }

    public struct Counters: Hashable, Sendable {
        /// Their answers are added.
        public var commands: [String]
        public var order: Order

        public enum Order: String, Sendable, CaseIterable {
            case upDown = "up-down"
            case downUp = "down-up"
            /// Found out by comparing with what the host counted.
            case calibrate
        }

        public init(commands: [String], order: Order) {
            self.commands = commands
            self.order = order
        }
    }

    public struct Slice: Hashable, Sendable {
        /// As AT+C5GNSSAIRDP answers.
        public var query: String?
        /// The parameter of AT+CGDCONT that takes an S-NSSAI; nil where it takes none.
        public var parameter: Int?

        public init() {}
    }

    public struct Slots: Hashable, Sendable {
        public var query: String
        /// `{slot}` stands for the slot's number.
        public var select: String

        public init(query: String, select: String) {
            self.query = query
            self.select = select
        }
    }

    /// Beginnings of lines that come unasked, beside those of the standard.
    public struct Notices: Hashable, Sendable {
        public var restarted = ["RDY"]
        public var sessionLost: [String] = []
        public var ignored: [String] = []

        public init() {}
    }

    public struct Timeouts: Hashable, Sendable {
        /// A question.
        public var command = Duration.seconds(5)
        /// A data session's beginning or end.
        public var session = Duration.seconds(60)
        /// Registering and deregistering, the radio on and off.
        public var network = Duration.seconds(120)
        /// From a reset until the modem answers again.
        public var restart = Duration.seconds(90)

        public init() {}
    }
}

extension ModemProfile {
    /// The core of 3GPP TS 27.007, for modems nobody wrote a profile for.
    public static let generic: ModemProfile = {
        var profile = ModemProfile(id: "generic-27007", title: "Any modem that keeps to 3GPP TS 27.007")
        profile.setUp = [
            "AT+CREG=0", "AT+CGREG=2", "AT+CEREG=3", "AT+C5GREG=3", "AT+COPS=3,2", "AT+CGEREP=2,1", "AT+CGPIAF=1",
            "AT+CNMI=2,1",
        ]
        return profile
    }()

    /// The first profile made for a modem that says this of itself, else the first for every modem, else the core.
    public static func choose(_ profiles: [ModemProfile], manufacturer: String, model: String) -> ModemProfile {
        let name = "\(manufacturer) \(model)".lowercased()
        let made = profiles.first { $0.matches.contains { name.contains($0.lowercased()) } }
        return made ?? profiles.first { $0.matches.isEmpty } ?? .generic
    }
}
