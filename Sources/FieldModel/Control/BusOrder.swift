/// What a drive write is signed with: the machine obeys only the permit it was armed with.
public struct DrivePermit: Hashable, Sendable, Comparable {
    public var epoch: UInt64
    public var stop: UInt32

    public init(epoch: UInt64, stop: UInt32) {
        self.epoch = epoch
        self.stop = stop
    }

    public static func < (left: DrivePermit, right: DrivePermit) -> Bool {
        (left.epoch, left.stop) < (right.epoch, right.stop)
    }
}

/// One thing that control wants done on the bus.
public enum BusOrder: Hashable, Sendable {
    /// Set-points under a permit.
    case drive(DriveOrder)
    /// Makes the machine accept drives under this permit.
    case arm(DrivePermit)
    /// The safe state, written in order and read back; raises the machine's fence to this permit.
    case safe(DrivePermit)
    /// How the machine stands.
    case report
}

/// One set of set-points.
public struct DriveOrder: Hashable, Sendable {
    public var permit: DrivePermit
    /// The frame that brought the set-points, 0 where none did: a step of a ramp.
    public var sequence: UInt64
    /// The watchdog's counter: one more for every fresh frame applied, the same for a ramp. It is counted when the order
    /// leaves.
    public var counter: UInt16
    public var enable: Bool
    public var axes: AxisValues
    public var buttons: UInt32
    /// Thousandths of full speed.
    public var speedCap: UInt16
    /// After this it is not written any more.
    public var validUntil: Instant

    public init(
        permit: DrivePermit, sequence: UInt64 = 0, counter: UInt16, enable: Bool, axes: AxisValues, buttons: UInt32,
        speedCap: UInt16, validUntil: Instant
    ) {
        self.permit = permit
        self.sequence = sequence
        self.counter = counter
        self.enable = enable
        self.axes = axes
        self.buttons = buttons
        self.speedCap = speedCap
        self.validUntil = validUntil
    }
}

/// What became of an order.
public enum BusOutcome: Hashable, Sendable {
    case done
    /// One read of a report: the others follow, and what is more urgent goes between.
    case partial
    /// Read as part of the order, or by it alone.
    case report(MachineReport)
    /// Its time was over, or a stop came before it: nothing was written.
    case stale
    /// The machine did not take it, in a person's words.
    case refused(String)
    case failed(BusFault)
}

/// How the machine itself says it stands.
public struct MachineReport: Hashable, Sendable {
    /// When it was asked: what happened before is in it.
    public var asked: Instant
    public var standstill: Bool
    /// Set-points in force are at rest.
    public var neutral: Bool
    public var emergencyStop: Bool
    public var localOperator: Bool
    /// The machine's watchdog is on, short enough, and fed by control alone.
    public var watchdogReady: Bool
    /// What is wrong with it where it is not, for a person: `WatchdogTime is 1000 ms, at most 500 ms`.
    public var watchdogFault: String?
    /// It has tripped since the machine was armed.
    public var watchdogTripped: Bool
    /// The permit the machine obeys; nil where it has none, or knows of none.
    public var permit: DrivePermit?
    public var readBack: AxisValues
    /// The counter of the last drive that counted; nil where the machine does not say.
    public var applied: Int64?
    /// The first condition of the profile that does not hold, for a person.
    public var interlock: String?

    public init(
        asked: Instant, standstill: Bool, neutral: Bool, emergencyStop: Bool = false, localOperator: Bool = false,
        watchdogReady: Bool = true, watchdogFault: String? = nil, watchdogTripped: Bool = false,
        permit: DrivePermit? = nil, readBack: AxisValues = .rest, applied: Int64? = nil, interlock: String? = nil
    ) {
        self.asked = asked
        self.standstill = standstill
        self.neutral = neutral
        self.emergencyStop = emergencyStop
        self.localOperator = localOperator
        self.watchdogReady = watchdogReady
        self.watchdogFault = watchdogFault
        self.watchdogTripped = watchdogTripped
        self.permit = permit
        self.readBack = readBack
        self.applied = applied
        self.interlock = interlock
    }
}
