import ControlWire
import FieldModel

/// What a console is told before it starts.
public struct ConsoleSettings: Sendable {
    /// The broker of the gateway. `clientID` is the console's own, and no other client's.
    public var broker: BrokerSettings
    /// The gateway's id, and the machine's among its devices.
    public var gateway: String
    public var machine: String
    /// The operator's id in the roster.
    public var operatorID: String
    /// The operator's Ed25519 secret: 64 hexadecimal digits.
    public var secretKey: String
    /// The machine's public key, pinned: 64 hexadecimal digits.
    public var machineKey: String
    public var purpose: ClaimPurpose
    /// IP addresses of this host that the gateway can reach; a UDP socket on a port of the system's choice is opened on
    /// each. At most 4; none leaves out the direct path.
    public var localAddresses: [String]
    public var video: VideoSource
    /// From one command frame to the next. The gateway takes at most 120 a second.
    public var framePeriod = Duration.milliseconds(20)
    /// SCHED_FIFO priority (1…99) of the console's thread, where the process has the right to it; nil for none.
    public var realTimePriority: Int32?

    public init(
        broker: BrokerSettings, gateway: String, machine: String, operatorID: String, secretKey: String,
        machineKey: String, purpose: ClaimPurpose = .drive, localAddresses: [String] = [],
        video: VideoSource = .unknown
    ) {
        self.broker = broker
        self.gateway = gateway
        self.machine = machine
        self.operatorID = operatorID
        self.secretKey = secretKey
        self.machineKey = machineKey
        self.purpose = purpose
        self.localAddresses = localAddresses
        self.video = video
    }
}

/// How old the picture is that the operator sees.
public enum VideoSource: Hashable, Sendable {
    /// Nobody knows: the machine creeps.
    case unknown
    /// As somebody else measured it.
    case fixed(Duration)
    /// The RTP stream that comes to this UDP port, with the frames' times of capture in a header extension.
    /// `clockOffset` is the camera's CLOCK_MONOTONIC less this host's: zero where both are one machine.
    case rtp(address: String, port: UInt16, clockOffset: Duration)
}

/// Why a console cannot start, for a person: what, where, and what to do.
public struct ConsoleFault: Error, Hashable, Sendable, CustomStringConvertible {
    public var description: String

    public init(_ description: String) { self.description = description }
}
