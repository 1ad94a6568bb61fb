import Control
import ControlWire
import FieldModel
import MQTTLink
import Platform

/// What other threads have for the control loop, and answers that wait for the end of libmosquitto's reading.
package final class ControlInbox: Sendable {
    private struct State {
        var events: [(event: SessionEvent, device: String)] = []
        var answers: [(answer: ClaimReply, reply: MQTTReply)] = []
    }

    private let state = Monitor(State())
    private let wakeUp: @Sendable () -> Void

    package init(wakeUp: @escaping @Sendable () -> Void) { self.wakeUp = wakeUp }

    package func post(_ event: SessionEvent, to device: String) {
        state.withLock { $0.events.append((event, device)) }
        wakeUp()
    }

    package func answer(_ answer: ClaimReply, _ reply: MQTTReply) {
        state.withLock { $0.answers.append((answer, reply)) }
        wakeUp()
    }

    package var isEmpty: Bool { state.withLock { $0.events.isEmpty && $0.answers.isEmpty } }

    package func takeEvents() -> [(event: SessionEvent, device: String)] {
        state.withLock { state in
            defer { state.events = [] }
            return state.events
        }
    }

    package func takeAnswers() -> [(answer: ClaimReply, reply: MQTTReply)] {
        state.withLock { state in
            defer { state.answers = [] }
            return state.answers
        }
    }
}

/// Which machines are under remote control: for whoever must not disturb it.
package final class ControlActivity: Sendable {
    /// How remote control of one machine stands, for people who ask.
    package struct Standing: Hashable, Sendable {
        package var phase: SessionPhase
        package var cause: SessionCause
        package var holder: String?
        /// What is wrong with the machine's own watchdog; nil where nothing is, or nobody knows.
        package var watchdogFault: String?
    }

    private let state = Monitor<(devices: Set<String>, listener: (@Sendable (Bool) -> Void)?)>(([], nil))
    private let told = Monitor<[String: Standing]>([:])

    package init() {}

    package var isActive: Bool { state.withLock { !$0.devices.isEmpty } }

    package func set(_ device: String, _ isActive: Bool) {
        let told = state.withLock { state -> ((@Sendable (Bool) -> Void)?, Bool)? in
            let before = state.devices.isEmpty
            if isActive { state.devices.insert(device) } else { state.devices.remove(device) }
            return before == state.devices.isEmpty ? nil : (state.listener, !state.devices.isEmpty)
        }
        if let (listener, isActive) = told { listener?(isActive) }
    }

    package var standings: [String: Standing] { told.withLock { $0 } }

    package func tell(_ standing: Standing, of device: String) { told.withLock { $0[device] = standing } }

    package func onChange(_ listener: @escaping @Sendable (Bool) -> Void) { state.withLock { $0.listener = listener } }
}
