import Platform

/// One attempt to reach the broker: libmosquitto's connect blocks.
package final class MQTTDial: Sendable {
    private let isAbandoned: Flag
    private let attempt: Attempt<Handoff<MQTTConnection>, ConnectFault>

    package init(
        _ connector: MQTTConnector, thread: String = "dial", done: @escaping @Sendable () -> Void
    ) throws(SystemError) {
        let flag = Flag()
        isAbandoned = flag
        attempt = try Attempt(name: thread, done: done) { () throws(ConnectFault) in
            Handoff(try connector.connect(isAbandoned: { flag.load() }))
        }
    }

    /// Nobody waits for it any more.
    package func abandon() { isAbandoned.store(true) }

    /// What came of it, once.
    package func take() -> Result<Handoff<MQTTConnection>, ConnectFault>? { attempt.take() }
}
