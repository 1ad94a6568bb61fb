import MQTTLink
import Platform

/// One attempt to connect, on its own thread because libmosquitto's connect blocks.
final class MQTTDial: Sendable {
    private let abandoned = Flag()
    private let result = Monitor<Result<Handoff<MQTTConnection>, ConnectFault>?>(nil)

    init(_ connector: MQTTConnector, done: @escaping @Sendable () -> Void) throws(SystemError) {
        let result = self.result
        let abandoned = self.abandoned
        let thread = try OwnerThread(name: "dial") {
            let outcome: Result<Handoff<MQTTConnection>, ConnectFault>
            do throws(ConnectFault) {
                outcome = .success(Handoff(try connector.connect(isAbandoned: { abandoned.load() })))
            } catch {
                outcome = .failure(error)
            }
            result.signal { slot in
                slot = outcome
                return true
            }
            done()
        }
        thread.detach()
    }

    /// Nobody waits for it any more.
    func abandon() { abandoned.store(true) }

    func outcome() -> Result<Handoff<MQTTConnection>, ConnectFault>? { result.withLock { $0 } }
}
