/// Up to eight axes in thousandths of full deflection: −1000…1000, 0 is rest.
public typealias AxisValues = SIMD8<Int16>

extension SIMD8 where Scalar == Int16 {
    /// Every axis at rest.
    public static var rest: AxisValues { AxisValues(repeating: 0) }
    public static var axisLimit: Int16 { 1000 }
}

/// What the console sends fifty times a second: everything it wants, whole, each time.
public struct CommandFrame: Hashable, Sendable {
    public struct Flags: OptionSet, Hashable, Sendable {
        public let rawValue: UInt8
        public init(rawValue: UInt8) { self.rawValue = rawValue }

        /// The operator holds enable.
        public static let enable = Flags(rawValue: 1)
        /// The operator offers the machine to whoever asks next.
        public static let offer = Flags(rawValue: 2)
        /// The operator is done.
        public static let release = Flags(rawValue: 4)
    }

    public var session: UInt32
    public var epoch: UInt64
    /// From 1, one more each frame.
    public var sequence: UInt64
    /// Microseconds of the console's monotonic clock; for display and for the console's own measurements.
    public var sent: UInt64
    /// The newest state the console had when it sampled its inputs: number and time as that state carried them.
    public var echoSequence: UInt32
    public var echoTime: UInt64
    /// Microseconds from the arrival of that state to the sending of this frame.
    public var hold: UInt32
    /// Milliseconds after which the frame is void, by its age bound.
    public var lifetime: UInt16
    public var flags: Flags
    /// The stop that the operator acknowledges, 0 for none.
    public var acknowledgedStop: UInt32
    public var axes: AxisValues
    public var buttons: UInt32
    /// Milliseconds; nil where the console knows of no picture.
    public var videoAge: UInt16?
    /// The profile the console believes to control: the first eight bytes of its hash.
    public var profile: UInt64

    public init(
        session: UInt32, epoch: UInt64, sequence: UInt64, sent: UInt64 = 0, echoSequence: UInt32, echoTime: UInt64,
        hold: UInt32 = 0, lifetime: UInt16 = 200, flags: Flags = [], acknowledgedStop: UInt32 = 0,
        axes: AxisValues = .rest, buttons: UInt32 = 0, videoAge: UInt16? = nil, profile: UInt64 = 0
    ) {
        self.session = session
        self.epoch = epoch
        self.sequence = sequence
        self.sent = sent
        self.echoSequence = echoSequence
        self.echoTime = echoTime
        self.hold = hold
        self.lifetime = lifetime
        self.flags = flags
        self.acknowledgedStop = acknowledgedStop
        self.axes = axes
        self.buttons = buttons
        self.videoAge = videoAge
        self.profile = profile
    }
}

/// A stop. Copies carry the same id and are one stop.
public struct StopFrame: Hashable, Sendable {
    public var session: UInt32
    public var epoch: UInt64
    public var id: UInt64

    public init(session: UInt32, epoch: UInt64, id: UInt64) {
        self.session = session
        self.epoch = epoch
        self.id = id
    }
}

/// The gateway's last word in a session, under that session's own keys: why it is over, and by whom.
public struct EndFrame: Hashable, Sendable {
    /// UTF-8 bytes of a name that a frame holds; a longer one is cut.
    public static let mostOfName = 48

    public var session: UInt32
    public var epoch: UInt64
    /// Where the machine stood when the session ended.
    public var phase: SessionPhase
    public var cause: SessionCause
    /// The newest stop.
    public var stopNumber: UInt32
    /// Who ended it, by their id on the roster; nil where nobody did.
    public var by: String?

    public init(
        session: UInt32, epoch: UInt64, phase: SessionPhase, cause: SessionCause, stopNumber: UInt32 = 0,
        by: String? = nil
    ) {
        self.session = session
        self.epoch = epoch
        self.phase = phase
        self.cause = cause
        self.stopNumber = stopNumber
        self.by = by
    }
}

/// What the gateway sends: how the session stands, and what the console needs to prove its freshness.
public struct StateFrame: Hashable, Sendable {
    public struct Flags: OptionSet, Hashable, Sendable {
        public let rawValue: UInt16
        public init(rawValue: UInt16) { self.rawValue = rawValue }

        /// The machine's own watchdog runs and has not tripped.
        public static let watchdogOK = Flags(rawValue: 1)
        public static let emergencyStop = Flags(rawValue: 2)
        public static let localOperator = Flags(rawValue: 4)
        public static let standstill = Flags(rawValue: 8)
        /// The machine reads back neutral.
        public static let neutral = Flags(rawValue: 16)
        /// Enable was seen low: a rising edge will count.
        public static let enableSeenLow = Flags(rawValue: 32)
        /// The gateway asks the console to send over MQTT too.
        public static let useBroker = Flags(rawValue: 64)
        /// The machine can't be reached.
        public static let deviceLost = Flags(rawValue: 128)
        /// The holder offers the machine.
        public static let offered = Flags(rawValue: 256)
    }

    public static let unknownAge = UInt32.max

    public var session: UInt32 = 0
    public var epoch: UInt64 = 0
    public var sequence: UInt32 = 0
    /// Microseconds of the gateway's clock (CLOCK_BOOTTIME).
    public var time: UInt64 = 0
    public var phase = SessionPhase.idle
    public var cause = SessionCause.none
    public var flags: Flags = []
    /// The newest stop; an acknowledgement names it.
    public var stopNumber: UInt32 = 0
    public var lastCommand: UInt64 = 0
    /// Microseconds since the newest echo, `unknownAge` without one.
    public var age = unknownAge
    /// Microseconds.
    public var roundTripMedian: UInt32 = 0
    public var roundTripP99: UInt32 = 0
    /// Thousandths over the last second: all paths merged, then by path, MQTT last.
    public var loss: UInt16 = 0
    public var lossOfPath = SIMD4<UInt16>(repeating: 0)
    /// Thousandths of the machine's full speed.
    public var speedCap: UInt16 = 0
    public var written: AxisValues = .rest
    public var readBack: AxisValues = .rest
    public var lastReject: FrameReject?
    public var rejects: UInt32 = 0

    public init() {}
}
