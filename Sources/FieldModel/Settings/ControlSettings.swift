/// A machine of the site that may be controlled remotely.
public struct DeviceControl: Hashable, Sendable {
    public var device: String
    /// Its profile's `control` part.
    public var map: ControlMap
    /// A Modbus TCP connection for control alone; otherwise control goes first on the shared bus.
    public var ownConnection: Bool
    /// How long the machine may take to answer on that connection.
    public var timeout: Duration
    public var limits: SessionLimits
    /// For the nameplate.
    public var serial: String

    public init(
        device: String, map: ControlMap, ownConnection: Bool, timeout: Duration, limits: SessionLimits, serial: String
    ) {
        self.device = device
        self.map = map
        self.ownConnection = ownConnection
        self.timeout = timeout
        self.limits = limits
        self.serial = serial
    }
}

/// Everything a site says about remote control.
public struct ControlSettings: Hashable, Sendable {
    /// The signed roster, as its file has it.
    public var roster: [UInt8]
    /// Hexadecimal digits: the owner's public key, and the machine's own secret one.
    public var ownerKey: String
    public var machineKey: String
    public var owner: String
    public var location: String
    public var clientID: String
    /// Whether consoles may use the direct path.
    public var isDirect: Bool
    /// Locked memory and real-time scheduling, where the system permits.
    public var isRealTime: Bool
    public var devices: [DeviceControl]

    public init(
        roster: [UInt8], ownerKey: String, machineKey: String, owner: String, location: String, clientID: String,
        isDirect: Bool, isRealTime: Bool, devices: [DeviceControl]
    ) {
        self.roster = roster
        self.ownerKey = ownerKey
        self.machineKey = machineKey
        self.owner = owner
        self.location = location
        self.clientID = clientID
        self.isDirect = isDirect
        self.isRealTime = isRealTime
        self.devices = devices
    }
}
