/// What one poll found of one point: its value, or why there is none.
public enum Reading: Hashable, Sendable {
    case good(PointValue)
    case bad(Quality)

    public var quality: Quality {
        switch self {
        case .good: .good
        case .bad(let quality): quality
        }
    }
}

/// The names behind the values of a telemetry row: rows carry values in this order, and only the layout's number.
///
/// A layout is stored with the rows, so that what was spooled under an older profile is still readable.
public struct Layout: Hashable, Sendable {
    public var device: String
    public var points: [String]

    public init(device: String, points: [String]) {
        self.device = device
        self.points = points
    }
}

/// One poll of one group: a reading for every point of the layout, in its order.
public struct TelemetryBatch: Hashable, Sendable {
    public var layout: UInt32
    /// When the first reply arrived.
    public var time: Timestamp
    /// The same moment on the clock that never steps: lets a late-synchronised clock be corrected.
    public var monotonic: Instant
    public var clock: Timestamp.ClockQuality
    public var readings: [Reading]
    /// How long after `time` the readings were taken: runs that together cover them all, in order.
    public var delays: [Delay]

    public struct Delay: Hashable, Sendable {
        public var count: Int
        public var milliseconds: Int

        public init(count: Int, milliseconds: Int) {
            self.count = count
            self.milliseconds = milliseconds
        }
    }

    public init(
        layout: UInt32, time: Timestamp, monotonic: Instant, clock: Timestamp.ClockQuality, readings: [Reading],
        delays: [Delay]
    ) {
        self.layout = layout
        self.time = time
        self.monotonic = monotonic
        self.clock = clock
        self.readings = readings
        self.delays = delays
    }
}

/// Something that happened, or the result of a command: named values that must not be lost.
public struct EventBatch: Hashable, Sendable {
    public enum Kind: UInt8, Sendable {
        /// Goes out on `event/{device}`.
        case event = 1
        /// Goes out on `cmd/{device}/result`.
        case commandResult = 2
        /// Goes out on `link/{path}`; `device` is then the path.
        case linkReport = 3
        /// Goes out on `ctl/{device}/evt`: a record of the audit trail.
        case controlEvent = 4
    }

    public struct Field: Hashable, Sendable {
        public var name: String
        public var value: PointValue

        public init(_ name: String, _ value: PointValue) {
            self.name = name
            self.value = value
        }
    }

    public var kind: Kind
    /// The device it concerns; `gateway` for the gateway itself.
    public var device: String
    public var time: Timestamp
    public var clock: Timestamp.ClockQuality
    public var fields: [Field]

    public init(kind: Kind, device: String, time: Timestamp, clock: Timestamp.ClockQuality, fields: [Field]) {
        self.kind = kind
        self.device = device
        self.time = time
        self.clock = clock
        self.fields = fields
    }
}

/// What a spool row holds, before its compact form.
public enum OutboundBatch: Hashable, Sendable {
    case telemetry(TelemetryBatch)
    case event(EventBatch)
}
