/// The timers of a control session. Docs/control-safety.md shows how they relate.
public struct SessionLimits: Hashable, Sendable {
    /// A frame older than this, by its age bound, is not fresh.
    public var freshness = Duration.milliseconds(200)
    /// Without proof of freshness for this long: DEGRADED.
    public var degradeAfter = Duration.milliseconds(150)
    /// …and for this long: SAFE_STOP.
    public var stopAfter = Duration.milliseconds(300)
    /// From the last set-points to neutral while degraded, or after a pause.
    public var ramp = Duration.milliseconds(150)
    /// Enable has to be held this long, in neutral, before anything moves.
    public var enableHold = Duration.milliseconds(300)
    /// Clean for this long: DEGRADED → ACTIVE.
    public var clean = Duration.seconds(1)
    /// A picture older than this degrades.
    public var videoAge = Duration.milliseconds(300)
    /// Thousandths of frames missing in the last second that degrade.
    public var loss: UInt16 = 50
    /// A lease without a fresh frame for this long has lapsed.
    public var lease = Duration.seconds(2)
    /// ARMED without use.
    public var unused = Duration.seconds(60)
    /// A claim is granted or refused within this.
    public var grant = Duration.seconds(1)
    /// A granted claim reaches ARMED within this.
    public var measure = Duration.seconds(5)
    /// Echoes that are measured before arming, and the longest round trip allowed among them.
    public var echoes = 50
    public var roundTrip = Duration.milliseconds(100)
    /// Neutral and standstill are confirmed within this, or the machine is locked.
    public var confirm = Duration.seconds(10)
    /// Stops out of motion within `stopWindow` that lock.
    public var stopsThatLock = 3
    public var stopWindow = Duration.seconds(60)
    /// Without an answer of the machine for this long it counts as lost.
    public var deviceSilence = Duration.milliseconds(150)
    /// Reports in a row in which the machine's count of drives may stand still while drives are written.
    public var stuckReports = 3
    /// The delay at which the speed cap begins to bite.
    public var unhurried = Duration.milliseconds(200)
    /// Thousandths of full speed where no video age is known, or while degraded.
    public var creep: UInt16 = 150
    /// Frames a second, and how many may come at once.
    public var frameRate = 120
    public var frameBurst = 8
    /// How often the machine is asked how it stands: with a session, while stopping, and without.
    public var reportWhileOpen = Duration.milliseconds(50)
    public var reportWhileStopping = Duration.milliseconds(20)
    public var reportWhileIdle = Duration.milliseconds(500)

    public init() {}
}
