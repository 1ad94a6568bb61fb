/// A step that may bring a dead data path back, mildest first.
public enum RecoveryRung: Int, Sendable, CaseIterable, Comparable {
    /// The data session down and up.
    case session
    /// Deregister and register.
    case reregister
    /// The radio off and on.
    case radio
    /// The modem restarts.
    case reset
    /// The modem's USB port is authorised anew.
    case usb
    /// The modem's power is switched.
    case power
    /// The other card.
    case slot
    /// This machine restarts.
    case host

    public var name: String { "\(self)" }

    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}
