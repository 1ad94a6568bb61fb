/// How a site's traffic is recorded, and what its plan allows.
public struct MeteringSettings: Hashable, Sendable {
    /// A quota and its period, as far as the gateway itself must know them; prices are the desk's.
    public struct Plan: Hashable, Sendable {
        /// Bytes both ways in a period; nil where there is none.
        public var quota: UInt64?
        /// The day a period begins on, 1 to 28; nil is a month's last.
        public var anchorDay: Int?
        /// The time zone of that day's midnight: a name such as Asia/Shanghai, or an offset such as +08:00.
        public var zone: String
        /// Shares of the quota, from 0 to 1: from the first on back-fill and bulk are slowed, from the second on they
        /// all but stop.
        public var slowAt: Double
        public var stopAt: Double
        /// What back-fill, and bulk on each path, may still take when they are slowed.
        public var slowBackfill: BitRate
        public var slowBulk: BitRate

        public init(
            quota: UInt64? = nil, anchorDay: Int? = 1, zone: String = "+00:00", slowAt: Double = 0.8,
            stopAt: Double = 1, slowBackfill: BitRate = .kilobits(64), slowBulk: BitRate = .kilobits(500)
        ) {
            self.quota = quota
            self.anchorDay = anchorDay
            self.zone = zone
            self.slowAt = slowAt
            self.stopAt = stopAt
            self.slowBackfill = slowBackfill
            self.slowBulk = slowBulk
        }
    }

    /// What the plan rates each class by.
    public struct Groups: Hashable, Sendable {
        public var version: Int
        public var control: String
        public var telemetry: String
        public var bulk: String
        /// Of cameras without a name of their own, and of those that have one.
        public var cameras: String
        public var camera: [String: String]
        public var others: String

        public init(
            version: Int = 1, control: String = "control", telemetry: String = "telemetry", bulk: String = "bulk",
            cameras: String = "video", camera: [String: String] = [:], others: String = "other"
        ) {
            self.version = version
            self.control = control
            self.telemetry = telemetry
            self.bulk = bulk
            self.cameras = cameras
            self.camera = camera
            self.others = others
        }
    }

    /// The line that the desk's assignments name.
    public var subscription: String
    public var plan: Plan
    public var groups: Groups
    /// A part is cut at full multiples of `interval`, when it has `volume` bytes, and after `idleAfter` without traffic.
    public var interval: Duration
    public var volume: UInt64
    public var idleAfter: Duration
    /// No counter of a path grows faster.
    public var lineRate: BitRate

    public init(
        subscription: String, plan: Plan = Plan(), groups: Groups = Groups(), interval: Duration = .seconds(900),
        volume: UInt64 = 10_000_000, idleAfter: Duration = .seconds(300), lineRate: BitRate = .megabits(10_000)
    ) {
        self.subscription = subscription
        self.plan = plan
        self.groups = groups
        self.interval = interval
        self.volume = volume
        self.idleAfter = idleAfter
        self.lineRate = lineRate
    }
}
