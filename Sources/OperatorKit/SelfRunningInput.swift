import FieldModel
import OperatorInput

/// A device that goes by its own time: the console starts it when the gateway waits for the operator.
public protocol SelfRunningInput: OperatorInputDevice {
    func start(at now: Instant)
}

extension ScriptedInput: SelfRunningInput {}
extension InputReplay: SelfRunningInput {}
