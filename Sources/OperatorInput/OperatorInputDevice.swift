import FieldModel

/// What the operator asks for at one moment.
public struct OperatorSample: Hashable, Sendable {
    /// Enable (dead-man) held.
    public var enable: Bool
    /// −1…1 for each axis, in the machine's order; 0 is rest.
    public var axes: [Double]
    /// Bit n is button n.
    public var buttons: UInt32
    /// How often a stop has been asked for so far.
    public var stops: Int
    /// How often a stop has been acknowledged so far.
    public var acknowledgements: Int
    /// How often a hand-over has been offered so far.
    public var handOvers: Int
    /// How often the end of the session has been asked for so far.
    public var quits: Int

    public init(
        enable: Bool = false, axes: [Double], buttons: UInt32 = 0, stops: Int = 0, acknowledgements: Int = 0,
        handOvers: Int = 0, quits: Int = 0
    ) {
        self.enable = enable
        self.axes = axes
        self.buttons = buttons
        self.stops = stops
        self.acknowledgements = acknowledgements
        self.handOvers = handOvers
        self.quits = quits
    }

    /// Enable released, every axis at rest, no button held; what was asked for stays counted.
    public var released: OperatorSample {
        var sample = self
        sample.enable = false
        sample.buttons = 0
        for index in sample.axes.indices { sample.axes[index] = 0 }
        return sample
    }
}

/// An input device. It belongs to one event loop.
///
/// `sample` takes in whatever the device has told up to now, so a console that samples after it received the machine's
/// state answers that state and not an older one. Call everything on the loop's thread. Before a device leaves its
/// loop, take it off there: a closed descriptor's number may be another's at once.
public protocol OperatorInputDevice: EventSource {
    /// The state now. A device that has gone (unplugged, end of file), or has been silent in a way that cannot be told
    /// from frozen, reports enable released and axes at rest.
    func sample(at now: Instant) -> OperatorSample

    /// Why the device has gone, for a person; nil while it is there.
    var fault: String? { get }
}

/// A device speaks up through its descriptor, unless it says otherwise.
extension OperatorInputDevice {
    public var interest: EventInterest { .read }
    public var deadline: Instant? { nil }
}
