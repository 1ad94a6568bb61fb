import FieldModel

/// How a session ended, in words for the operator who held it.
public struct SessionEnding: Hashable, Sendable {
    public var phase: SessionPhase
    public var cause: SessionCause
    public var by: String?

    public init(_ phase: SessionPhase, _ cause: SessionCause, by: String?) {
        (self.phase, self.cause, self.by) = (phase, cause, by)
    }

    /// The operator asked for it: the machine was let go, or given to somebody else.
    public var isWanted: Bool { phase == .idle && (cause == .released || cause == .handedOver) }

    public func text(for holder: String) -> String {
        switch (phase, cause) {
        case (.idle, .released): "\(holder) has let the machine go"
        case (_, .handedOver): "\(holder) no longer has the machine: handed over\(by.map { " to \($0)" } ?? "")"
        case (.locked, .emergencyStop):
            "LOCKED (emergency_stop): release the e-stop on the spot; then a supervisor, or the local key, unlocks"
        case (.locked, _): "LOCKED (\(cause.name)): a supervisor, or the local key, unlocks"
        case (_, .takenOver): "\(holder) no longer has the machine: taken over\(by.map { " by \($0)" } ?? "")"
        case (_, .localOperator):
            "\(holder) no longer has the machine: a local operator took it (\(phase.name), local_operator)"
        case (_, .leaseLost): "\(holder) no longer has the machine: no fresh frame for the lease's time (lease_lost)"
        case (_, .unused): "\(holder) no longer has the machine: it was not used (unused)"
        case (_, .gatewayClosing): "\(holder) no longer has the machine: the gateway was told to stop (gateway_closing)"
        default: "\(holder) no longer has the machine: \(phase.name) (\(cause.name))"
        }
    }
}
