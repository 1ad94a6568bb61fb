import FieldModel
import MQTTLink
import Platform

/// One attempt to reach the broker, on a thread of its own: libmosquitto's connect blocks.
final class ConsoleDial: Sendable {
    private let isLeft = Flag()
    private let slot = Monitor<Outcome?>(nil)

    enum Outcome {
        case connected(Handoff<MQTTConnection>)
        case failed(ConnectFault)
    }

    init(_ broker: BrokerSettings, time: any TimeSource, done: @escaping @Sendable () -> Void) throws(SystemError) {
        let connector = MQTTConnector(broker, will: nil, time: time, style: .control)
        let (slot, isLeft) = (self.slot, self.isLeft)
        let thread = try OwnerThread(name: "console-dial") {
            let outcome: Outcome
            do throws(ConnectFault) {
                outcome = .connected(Handoff(try connector.connect(isAbandoned: { isLeft.load() })))
            } catch {
                outcome = .failed(error)
            }
            slot.withLock { $0 = outcome }
            done()
        }
        thread.detach()
    }

    func leave() { isLeft.store(true) }

    /// What came of it, once.
    func take() -> Outcome? {
        slot.withLock { outcome in
            defer { outcome = nil }
            return outcome
        }
    }
}
