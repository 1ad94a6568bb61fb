/// Why a modem did not do what it was asked to.
public enum ModemFault: Error, Hashable, Sendable {
    /// There is no such port, or the daemon knows no such modem.
    case absent(String)
    /// It did not answer in time.
    case timeout(String)
    /// It answered with an error: the command and the final line.
    case refused(command: String, reply: String)
    /// It answered what cannot be understood.
    case garbled(String)
    /// The driver cannot do this with this modem.
    case unsupported(String)
}

extension ModemFault {
    /// For people.
    public var words: String {
        switch self {
        case .absent(let what): "not there: \(what)"
        case .timeout(let what): "no answer in time: \(what)"
        case .refused(let command, let reply): "\(command) was refused: \(reply)"
        case .garbled(let what): "an answer that makes no sense: \(what)"
        case .unsupported(let what): "cannot be done: \(what)"
        }
    }
}

/// A modem as the gateway asks it. Every call blocks, for the driver's timeouts at most, so a modem has a thread of its
/// own and one owner.
public protocol Modem: AnyObject {
    /// Who it is, and the state of its card: what must be known before data is activated.
    func identify() throws(ModemFault) -> ModemReport
    /// Everything that changes: registration, cell, signal, session, counters, temperature, time.
    func observe() throws(ModemFault) -> ModemReport
    /// Unlocks the card. Called once for one card: a second wrong PIN is one too many.
    func enter(pin: String) throws(ModemFault)
    /// Configures the data session and brings it up.
    func activate(_ settings: SessionSettings) throws(ModemFault)
    func deactivate() throws(ModemFault)
    /// Carries out one rung: `session` to `reset`, and `slot`. Others are not the modem's to do.
    func perform(_ rung: RecoveryRung, _ settings: SessionSettings) throws(ModemFault)
    /// What the modem said unasked since the last call, oldest first; bounded.
    func takeNotices() -> [ModemNotice]
    /// What the host counted on the modem's interface: by it a driver that does not know finds out which of the modem's
    /// counters is the way up. Call it now and then while reports have no counters.
    func calibrate(hostUp: UInt64, hostDown: UInt64) throws(ModemFault)
}

extension Modem {
    public func calibrate(hostUp: UInt64, hostDown: UInt64) throws(ModemFault) {}
}

/// The data session that is wanted.
public struct SessionSettings: Hashable, Sendable {
    /// Access point name, or data network name.
    public var accessPoint: String
    public var slice: NetworkSlice?

    public init(accessPoint: String, slice: NetworkSlice?) {
        self.accessPoint = accessPoint
        self.slice = slice
    }
}

/// What a modem says unasked.
public enum ModemNotice: Hashable, Sendable {
    case registration(Registration)
    case sim(SIMState)
    /// The data session ended from the other side.
    case sessionLost
    /// It restarted by itself.
    case restarted
    /// An incoming short message or call; never answered.
    case incoming(String)
    case other(String)
}
