import CSystem
import FieldModel

/// SIGTERM and SIGINT as an event. Make it before any thread, which would get the signals otherwise.
package final class SignalSource: EventSource {
    package let descriptor: Int32
    package let interest: EventInterest = .read
    package let deadline: Instant? = nil
    package private(set) var hasCome = false

    package init() throws(SystemError) {
        descriptor = try SystemError.check(fg_signal_descriptor(SIGTERM, SIGINT))
    }

    deinit { close(descriptor) }

    package func ready(_ events: EventInterest, at now: Instant) {
        guard events.contains(.read) else { return }
        var buffer = [UInt8](repeating: 0, count: 128)
        if read(descriptor, &buffer, buffer.count) > 0 { hasCome = true }
    }
}
