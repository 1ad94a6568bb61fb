import ControlWire
import FieldModel

/// What happens in a console, in the order in which it happened.
public enum ConsoleEvent: Hashable, Sendable {
    /// Connected to the broker; the gateway is being asked.
    case connected
    /// The machine showed its signed nameplate: confirm within 30 s.
    case offered(Nameplate, OperatorRole)
    /// A take-over by force waits until the machine stands still.
    case waiting
    case granted(session: UInt32, epoch: UInt64)
    /// By the gateway. Ends everything.
    case refused(reason: String, detail: String)
    /// Authenticated, and newer than every one before.
    case state(StateFrame, by: ConsoleTransport)
    /// Nobody vouches for it: for display only.
    case unprovedState(StateFrame)
    /// The gateway waits for the operator: what runs by itself, a script or a recording, has begun.
    case inputStarted
    /// The input device has gone; enable counts as released.
    case inputLost(String)
    /// The broker has gone, and is dialled again; the direct path goes on.
    case brokerLost(String)
    /// The session is over as the gateway says, under the session's keys: how the machine stood, why, and by whom, where
    /// somebody did it. Ends everything.
    case ended(SessionPhase, SessionCause, by: String? = nil)
    /// What the console waited for did not come, or it was left. Ends everything.
    case lost(String)

    /// Nothing comes after it.
    public var isLast: Bool {
        switch self {
        case .refused, .ended, .lost: true
        default: false
        }
    }
}

/// How a state came.
public enum ConsoleTransport: Hashable, Sendable {
    case broker
    /// The path of the gateway's, as it numbers them; nil while it has not said which.
    case direct(path: UInt8?)
}
