/// How a type of machine is driven: the `control` part of a profile, its points looked up.
public struct ControlMap: Hashable, Sendable {
    /// One direction of motion.
    public struct Axis: Hashable, Sendable {
        public var id: String
        /// Takes −1000…1000 thousandths between the limits of its write rule, 0 at `rest`.
        public var point: Point
        /// In engineering units: a held boom, not zero registers.
        public var rest: DecimalNumber
        /// Where the machine says what is in force.
        public var readBack: Point?
        /// Scaled down to the speed cap, where the machine has no point for the cap itself.
        public var isLimited: Bool

        public init(id: String, point: Point, rest: DecimalNumber, readBack: Point?, isLimited: Bool) {
            self.id = id
            self.point = point
            self.rest = rest
            self.readBack = readBack
            self.isLimited = isLimited
        }
    }

    public struct Button: Hashable, Sendable {
        public var id: String
        public var point: Point

        public init(id: String, point: Point) {
            self.id = id
            self.point = point
        }
    }

    /// The machine's own watchdog: without it there is no arming.
    public struct Watchdog: Hashable, Sendable {
        /// Counted up with every fresh frame that is applied.
        public var counter: Point
        /// Where the machine says which counter it applied last: a read-back that stands still shows there.
        public var applied: Point?
        /// Holds its time in milliseconds, which may be `longest` at most.
        public var time: Point?
        public var longest: Duration
        /// What must be so for it to be on and fed by control alone.
        public var conditions: [PointCondition]
        /// What is so once it has tripped.
        public var tripped: PointCondition?

        public init(
            counter: Point, applied: Point? = nil, time: Point?, longest: Duration, conditions: [PointCondition],
            tripped: PointCondition?
        ) {
            self.counter = counter
            self.applied = applied
            self.time = time
            self.longest = longest
            self.conditions = conditions
            self.tripped = tripped
        }
    }

    /// An epoch and a stop number in registers, and what makes the machine look at them.
    public struct PermitPoints: Hashable, Sendable {
        public var epoch: Point
        public var stop: Point
        public var request: Point?

        public init(epoch: Point, stop: Point, request: Point?) {
            self.epoch = epoch
            self.stop = stop
            self.request = request
        }
    }

    /// Where the machine's controller can be programmed: it obeys drives under the permit it was armed with.
    public struct Permit: Hashable, Sendable {
        public var drive: PermitPoints
        public var arm: PermitPoints
        public var safe: PermitPoints
        /// The permit it obeys, read back.
        public var held: PermitPoints?

        public init(drive: PermitPoints, arm: PermitPoints, safe: PermitPoints, held: PermitPoints?) {
            self.drive = drive
            self.arm = arm
            self.safe = safe
            self.held = held
        }
    }

    public struct Interlock: Hashable, Sendable {
        public var condition: PointCondition
        /// What is wrong when it does not hold, for a person.
        public var text: String

        public init(condition: PointCondition, text: String) {
            self.condition = condition
            self.text = text
        }
    }

    public var axes: [Axis]
    public var buttons: [Button]
    public var enable: Point?
    public var speedCap: Point?
    /// In `speedUnit`.
    public var topSpeed: DecimalNumber
    public var creepSpeed: DecimalNumber
    public var speedUnit: String
    public var watchdog: Watchdog
    public var permit: Permit?
    /// Written in this order, after neutral, and read back.
    public var safeState: [PointCondition]
    /// Written before arming: what lets the machine move at all.
    public var release: [PointCondition]
    public var standstill: PointCondition
    /// Nil where the axes' read-backs say it.
    public var neutral: PointCondition?
    public var emergencyStop: PointCondition?
    public var local: PointCondition?
    public var interlocks: [Interlock]
    /// Registers in one read or write.
    public var maxRegisters = 125

    public init(
        axes: [Axis], buttons: [Button], enable: Point?, speedCap: Point?, topSpeed: DecimalNumber,
        creepSpeed: DecimalNumber, speedUnit: String, watchdog: Watchdog, permit: Permit?,
        safeState: [PointCondition], release: [PointCondition], standstill: PointCondition,
        neutral: PointCondition?, emergencyStop: PointCondition?, local: PointCondition?, interlocks: [Interlock]
    ) {
        self.axes = axes
        self.buttons = buttons
        self.enable = enable
        self.speedCap = speedCap
        self.topSpeed = topSpeed
        self.creepSpeed = creepSpeed
        self.speedUnit = speedUnit
        self.watchdog = watchdog
        self.permit = permit
        self.safeState = safeState
        self.release = release
        self.standstill = standstill
        self.neutral = neutral
        self.emergencyStop = emergencyStop
        self.local = local
        self.interlocks = interlocks
    }

    /// Most axes, and most buttons: what a frame holds.
    public static let mostAxes = 8
    public static let mostButtons = 32

    /// Thousandths of full speed.
    public var creep: UInt16 {
        topSpeed.double > 0 ? UInt16(max(0, min(1000, (creepSpeed.double / topSpeed.double * 1000).rounded()))) : 0
    }

    /// The points that control writes: no set-point command may, else one could release the brakes of a safe state.
    /// Buttons are anyone's.
    public var writtenPoints: [String] {
        var points = axes.map(\.point) + [watchdog.counter] + (safeState + release).map(\.point)
        points += [enable, speedCap].compactMap(\.self)
        for part in [permit?.drive, permit?.arm, permit?.safe].compactMap(\.self) {
            points += [part.epoch, part.stop, part.request].compactMap(\.self)
        }
        return points.map(\.id)
    }
}
