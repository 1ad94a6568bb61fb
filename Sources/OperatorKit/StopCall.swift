import ControlWire
import FieldModel
import MQTTLink
import Platform
import Signing

/// A stop by somebody who holds no session: signed, for the epoch that the newest state names, and again for every new
/// epoch. A value; time is passed in.
package struct StopCall: Sendable {
    /// New epochs are answered for so long after the first stop.
    package static let time = Duration.seconds(2)
    /// Without a state for so long there is no epoch to stop.
    package static let patience = Duration.seconds(5)

    private let start: Instant
    private let stopID: @Sendable () -> UInt64
    private var epochs: Set<UInt64> = []
    private var first: Instant?
    package private(set) var newest: StateFrame?
    /// The state that the first stop answered.
    private var before: StateFrame?

    package init(
        at now: Instant, stopID: @escaping @Sendable () -> UInt64 = { .random(in: 1 ... .max) }
    ) {
        (start, self.stopID) = (now, stopID)
    }

    /// A state on the topic, whoever wrote it; the stop to send, if its epoch is new.
    package mutating func hear(_ frame: StateFrame, at now: Instant) -> StopFrame? {
        newest = frame
        guard !isOver(at: now), epochs.insert(frame.epoch).inserted else { return nil }
        if first == nil { (first, before) = (now, frame) }
        return StopFrame(session: 0, epoch: frame.epoch, id: stopID())
    }

    /// The machine did not stop for it, and the gateway has counted a signature that is nobody's on its roster.
    package var isRefused: Bool {
        guard let before, let newest, newest.stopNumber == before.stopNumber else { return false }
        return newest.lastReject == .badMAC && newest.rejects != before.rejects
    }

    package var wasSent: Bool { first != nil }
    package var deadline: Instant { first.map { $0 + Self.time } ?? start + Self.patience }
    package func isOver(at now: Instant) -> Bool { now >= deadline }
}

/// Stops a machine with a key of its roster, without a session.
public enum StopWithoutSession {
    /// What was heard after the stop: unauthenticated, for display.
    public struct Outcome: Hashable, Sendable {
        public var state: StateFrame
        /// The gateway says that it refused the signature: the key is not on the machine's roster.
        public var isRefused: Bool
    }

    /// Sends the stop, waits 2 s for new epochs, and returns what it heard meanwhile.
    ///
    /// Blocks; needs `broker`, `gateway`, `machine` and `secretKey` of the settings.
    public static func send(_ settings: ConsoleSettings) throws(ConsoleFault) -> Outcome {
        guard let key = SigningKey(settings.secretKey) else {
            throw ConsoleFault("the secret key is not 64 hexadecimal digits: make one with 'key new'")
        }
        let time = SystemTime(source: .system)
        let connection: MQTTConnection
        let loop: EventLoop
        do throws(ConnectFault) {
            connection = try MQTTConnector(settings.broker, will: nil, time: time, style: .control).connect()
        } catch {
            throw ConsoleFault("\(error.detail): the stop was not sent")
        }
        do throws(SystemError) { loop = try EventLoop(time: time) } catch {
            throw ConsoleFault("no event loop: \(error); the stop was not sent")
        }
        let topics = ConsoleTopics(settings)
        var call = StopCall(at: time.now())
        var states: [StateFrame] = []
        connection.onMessage { message in
            guard !message.retained, message.isOn(topics.stateBytes),
                message.payload.count >= FrameLayout.stateBytes,
                let frame = FrameLayout.state(
                    UnsafeRawBufferPointer(rebasing: message.payload[..<FrameLayout.stateBytes]))
            else { return }
            states.append(frame)
        }
        loop.add(connection)
        connection.subscribeLive(to: topics.state, quality: 0)
        let alarm = TimerSource()
        loop.add(alarm)
        var lost: String?
        loop.run { now in
            for frame in states {
                guard let stop = call.hear(frame, at: now) else { continue }
                let message = SignedStop.make(stop, topic: topics.stop, key: key)
                for quality: Int32 in [0, 1] {
                    message.withUnsafeBytes { connection.send($0, to: topics.stop, quality: quality) }
                }
            }
            states.removeAll()
            for case .lost(let reason) in connection.takeEvents() { lost = reason }
            alarm.deadline = call.deadline
            return lost == nil && !call.isOver(at: now)
        }
        loop.remove(connection)
        connection.disconnect()
        if let lost {
            throw ConsoleFault("the broker has gone (\(lost)): whether the stop arrived is not known; send it again")
        }
        guard call.wasSent, let newest = call.newest else {
            throw ConsoleFault(
                "no state of '\(settings.machine)' at gateway '\(settings.gateway)' was heard for 5 s, so the stop was "
                    + "not sent: check both names, and whether the gateway runs; use the e-stop on the spot")
        }
        return Outcome(state: newest, isRefused: call.isRefused)
    }
}
