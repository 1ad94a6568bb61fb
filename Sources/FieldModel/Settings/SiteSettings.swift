/// Who says whether the wall clock is right.
public enum ClockSource: String, Sendable, CaseIterable {
    /// The kernel, which knows from its NTP or PTP daemon (adjtimex(2)).
    case kernel
    /// The installer: the clock is kept right by something the kernel does not know of.
    case system
}

/// Everything one gateway is told: the decoded site file with its profiles.
public struct SiteSettings: Sendable {
    public var gateway: String
    public var clock: ClockSource
    public var broker: BrokerSettings
    public var spool: SpoolSettings
    /// The path of the socket through which the command line talks to the running gateway.
    public var adminSocket: String
    public var buses: [BusSettings]
    public var devices: [DeviceSettings]
    /// Nil where the gateway leaves the way to the network to the system.
    public var link: LinkSettings?
    /// Nil where no machine is controlled remotely.
    public var control: ControlSettings?
    /// Nil where traffic is not metered.
    public var metering: MeteringSettings?
    /// Changes whenever a file or an override does.
    public var fingerprint: String

    public init(
        gateway: String, clock: ClockSource, broker: BrokerSettings, spool: SpoolSettings, adminSocket: String,
        buses: [BusSettings], devices: [DeviceSettings], link: LinkSettings? = nil,
        control: ControlSettings? = nil, metering: MeteringSettings? = nil, fingerprint: String
    ) {
        self.gateway = gateway
        self.clock = clock
        self.broker = broker
        self.spool = spool
        self.adminSocket = adminSocket
        self.buses = buses
        self.devices = devices
        self.link = link
        self.control = control
        self.metering = metering
        self.fingerprint = fingerprint
    }
}
