/// How a path is judged.
public struct PathPatience: Hashable, Sendable {
    /// Silence after which a path is dead.
    public var failAfter: Duration
    /// How long a dead path must answer before it is alive again.
    public var recoverAfter: Duration

    public init(failAfter: Duration = .seconds(1), recoverAfter: Duration = .seconds(5)) {
        self.failAfter = failAfter
        self.recoverAfter = recoverAfter
    }
}

/// The one modem and the one card that belong together, as commissioned.
public struct SIMBinding: Hashable, Sendable {
    public var imei: String
    public var iccid: String
    public var imsi: String

    public init(imei: String, iccid: String, imsi: String) {
        self.imei = imei
        self.iccid = iccid
        self.imsi = imsi
    }
}

/// How hard a dead link is worked on.
public struct RecoverySettings: Hashable, Sendable {
    /// Trouble that passes by itself within this time is left alone.
    public var patience: Duration
    /// The pause after the first rung; it doubles with each further one.
    public var firstHold: Duration
    public var longestHold: Duration
    /// After so long without trouble the pauses start short again.
    public var stableAfter: Duration
    /// The rungs there are. `usb`, `power` and `host` need a way to carry them out.
    public var rungs: Set<RecoveryRung>
    /// How often in 24 hours each may be tried.
    public var dailyCaps: [RecoveryRung: Int]

    public static let usualCaps: [RecoveryRung: Int] = [
        .session: 48, .reregister: 24, .radio: 12, .reset: 8, .usb: 6, .power: 4, .slot: 4, .host: 1,
    ]

    public init(
        patience: Duration = .seconds(20), firstHold: Duration = .seconds(30), longestHold: Duration = .seconds(1800),
        stableAfter: Duration = .seconds(600), rungs: Set<RecoveryRung> = [.session, .reregister, .radio, .reset],
        dailyCaps: [RecoveryRung: Int] = usualCaps
    ) {
        self.patience = patience
        self.firstHold = firstHold
        self.longestHold = longestHold
        self.stableAfter = stableAfter
        self.rungs = rungs
        self.dailyCaps = dailyCaps
    }
}

/// A modem of a site.
public struct ModemSettings: Hashable, Sendable, Identifiable {
    /// Who talks to it.
    public enum Driver: Hashable, Sendable {
        /// FieldGate, over an AT port: the paths under which it may be found, and what the modem understands.
        case at(ports: [String], profile: ModemProfile)
        /// ModemManager: the modem's IMEI, or nil for the only one there is; the bus's address, or nil for the system's.
        case modemManager(imei: String?, bus: String?)
    }

    public var id: String
    public var driver: Driver
    public var session: SessionSettings
    public var pin: String?
    public var binding: SIMBinding?
    public var pollEvery: Duration
    public var recovery: RecoverySettings
    /// As in /sys/bus/usb/devices; nil where the rung `usb` is not wanted.
    public var usbDevice: String?
    /// Programs, with their arguments, that carry out the rungs `power` and `host`.
    public var commands: [RecoveryRung: [String]]

    public init(
        id: String, driver: Driver, session: SessionSettings, pin: String?, binding: SIMBinding?, pollEvery: Duration,
        recovery: RecoverySettings, usbDevice: String?, commands: [RecoveryRung: [String]]
    ) {
        self.id = id
        self.driver = driver
        self.session = session
        self.pin = pin
        self.binding = binding
        self.pollEvery = pollEvery
        self.recovery = recovery
        self.usbDevice = usbDevice
        self.commands = commands
    }
}

/// Who answers a probe.
public struct ProbeTarget: Hashable, Sendable {
    public enum Kind: Hashable, Sendable {
        /// An ICMP echo request (RFC 792).
        case icmp
        /// Any answer to a TCP SYN on this port, a refusal included.
        case tcp(port: UInt16)
        /// An echo on this UDP port (RFC 862).
        case udp(port: UInt16)
    }

    public var kind: Kind
    /// An IPv4 or IPv6 address: a path is judged without the help of a name server.
    public var address: String

    public init(kind: Kind, address: String) {
        self.kind = kind
        self.address = address
    }
}

/// What the shaper of a path may be set to.
public struct RateSettings: Hashable, Sendable {
    public var start: BitRate
    public var least: BitRate
    public var most: BitRate

    public init(start: BitRate, least: BitRate, most: BitRate) {
        self.start = start
        self.least = least
        self.most = most
    }
}

/// A way to the network: a modem's interface, or an Ethernet.
public struct PathSettings: Hashable, Sendable, Identifiable {
    public var id: String
    /// The network interface.
    public var device: String
    /// The next hop; nil for a point-to-point interface.
    public var gateway: String?
    /// The modem behind it; nil for an Ethernet.
    public var modem: String?
    public var targets: [ProbeTarget]
    public var probeEvery: Duration
    /// The pace while the path carries much.
    public var probeEveryLoaded: Duration
    public var patience: PathPatience
    /// Nil leaves the rate alone.
    public var rate: RateSettings?

    public init(
        id: String, device: String, gateway: String?, modem: String?, targets: [ProbeTarget], probeEvery: Duration,
        probeEveryLoaded: Duration, patience: PathPatience, rate: RateSettings?
    ) {
        self.id = id
        self.device = device
        self.gateway = gateway
        self.modem = modem
        self.targets = targets
        self.probeEvery = probeEvery
        self.probeEveryLoaded = probeEveryLoaded
        self.patience = patience
        self.rate = rate
    }
}

/// How paths are chosen among.
public struct ChoiceSettings: Hashable, Sendable {
    /// For each purpose the paths it may take, the best first.
    public var preference: [TrafficClass: [String]]
    /// How long a preferred path must have been well before traffic goes back to it.
    public var failBackAfter: Duration

    public init(preference: [TrafficClass: [String]], failBackAfter: Duration = .seconds(30)) {
        self.preference = preference
        self.failBackAfter = failBackAfter
    }
}

/// Everything a site says about its links.
public struct LinkSettings: Hashable, Sendable {
    public var modems: [ModemSettings]
    public var paths: [PathSettings]
    public var choice: ChoiceSettings
    public var cameras: [NetworkPlan.Camera]
    public var cameraDevice: String?
    public var masquerade: Bool
    /// The privileged helper's socket; nil where nobody may touch the kernel's network.
    public var helperSocket: String?
    /// How often the `link` document is published without a reason.
    public var reportEvery: Duration

    public init(
        modems: [ModemSettings], paths: [PathSettings], choice: ChoiceSettings, cameras: [NetworkPlan.Camera],
        cameraDevice: String?, masquerade: Bool, helperSocket: String?, reportEvery: Duration
    ) {
        self.modems = modems
        self.paths = paths
        self.choice = choice
        self.cameras = cameras
        self.cameraDevice = cameraDevice
        self.masquerade = masquerade
        self.helperSocket = helperSocket
        self.reportEvery = reportEvery
    }
}
