/// What the parts of a joystick mean.
public struct JoystickMap: Hashable, Sendable {
    /// In the machine's order.
    public var axes: [Axis]
    /// Key codes (BTN_…, KEY_…) by what they mean.
    public var enable: UInt16
    public var stop: UInt16
    public var acknowledge: UInt16
    public var handOver: UInt16
    public var quit: UInt16
    /// Bit n of the sample is the key of place n; at most 32.
    public var buttons: [UInt16]
    /// How long the device may say nothing while enable is held or an axis is away from rest, before it counts as
    /// frozen. A stick in a hand trembles; one that tells nothing for so long is not told from a dead one. nil only for
    /// a device whose loss the kernel reports by itself at once.
    public var silence: Duration?

    public struct Axis: Hashable, Sendable {
        /// ABS_… code.
        public var code: UInt16
        /// Where the device does not tell: the range of its values.
        public var range: Range
        /// The part of the way from the centre that counts as rest, 0…0.9.
        public var deadZone: Double
        public var isInverted: Bool

        public init(code: UInt16, range: Range = .stick, deadZone: Double = 0.12, isInverted: Bool = false) {
            self.code = code
            self.range = range
            self.deadZone = deadZone
            self.isInverted = isInverted
        }
    }

    /// Raw values of an axis.
    public struct Range: Hashable, Sendable {
        public var minimum: Int32
        public var maximum: Int32
        /// At rest; a pedal or a trigger rests at its minimum.
        public var centre: Int32

        public init(minimum: Int32, maximum: Int32, centre: Int32) {
            self.minimum = minimum
            self.maximum = maximum
            self.centre = centre
        }

        public static let stick = Range(minimum: -32768, maximum: 32767, centre: 0)
    }

    public init(
        axes: [Axis], enable: UInt16, stop: UInt16, acknowledge: UInt16, handOver: UInt16, quit: UInt16,
        buttons: [UInt16] = [], silence: Duration? = .seconds(1)
    ) {
        self.axes = axes
        self.enable = enable
        self.stop = stop
        self.acknowledge = acknowledge
        self.handOver = handOver
        self.quit = quit
        self.buttons = buttons
        self.silence = silence
    }

    /// A pad with two sticks (Linux gamepad specification, Documentation/input/gamepad.rst): left stick forward and
    /// right, right stick forward and right. Enable is the left shoulder, stop the eastern face button, acknowledge
    /// START, hand-over SELECT, quit MODE; buttons are south, north, west and the right shoulder.
    public static let gamepad = JoystickMap(
        axes: [
            Axis(code: 0x01, isInverted: true),  // ABS_Y
            Axis(code: 0x00),  // ABS_X
            Axis(code: 0x04, isInverted: true),  // ABS_RY
            Axis(code: 0x03),  // ABS_RX
        ],
        enable: 0x136,  // BTN_TL
        stop: 0x131,  // BTN_EAST
        acknowledge: 0x13b,  // BTN_START
        handOver: 0x13a,  // BTN_SELECT
        quit: 0x13c,  // BTN_MODE
        buttons: [0x130, 0x133, 0x134, 0x137])
}

extension JoystickMap.Axis {
    /// −1…1: 0 within the dead zone, from its edge on in proportion.
    func position(of raw: Int32) -> Double {
        let way = Double(raw) - Double(range.centre)
        let end = way < 0 ? Double(range.centre) - Double(range.minimum) : Double(range.maximum) - Double(range.centre)
        guard end > 0 else { return 0 }
        let rest = min(max(deadZone, 0), 0.9)
        let beyond = (min(abs(way) / end, 1) - rest) / (1 - rest)
        guard beyond > 0 else { return 0 }
        return (way < 0) != isInverted ? -beyond : beyond
    }

    /// The raw value that means `position`.
    func raw(of position: Double) -> Int32 {
        let wanted = min(max(isInverted ? -position : position, -1), 1)
        let rest = min(max(deadZone, 0), 0.9)
        guard wanted != 0 else { return range.centre }
        let end =
            wanted < 0 ? Double(range.centre) - Double(range.minimum) : Double(range.maximum) - Double(range.centre)
        let way = (abs(wanted) * (1 - rest) + rest) * end
        return Int32(clamping: Int64((Double(range.centre) + (wanted < 0 ? -way : way)).rounded()))
    }

    /// The same axis with the range that the device tells; the centre keeps its place in it.
    func with(minimum: Int32, maximum: Int32, flat: Int32) -> JoystickMap.Axis {
        var axis = self
        let width = Double(range.maximum) - Double(range.minimum)
        let place = width > 0 ? (Double(range.centre) - Double(range.minimum)) / width : 0.5
        let told = Double(maximum) - Double(minimum)
        axis.range = JoystickMap.Range(
            minimum: minimum, maximum: maximum,
            centre: Int32(clamping: Int64((Double(minimum) + place * told).rounded())))
        let half = max(Double(maximum) - Double(axis.range.centre), Double(axis.range.centre) - Double(minimum))
        if half > 0 { axis.deadZone = max(axis.deadZone, Double(flat) / half) }
        return axis
    }
}
