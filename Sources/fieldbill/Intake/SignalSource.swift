import CSystem
import FieldModel
import Platform

/// SIGTERM and SIGINT as an event. Make it before any thread, which would get the signals otherwise.
final class SignalSource: EventSource {
    let descriptor: Int32
    let interest: EventInterest = .read
    let deadline: Instant? = nil
    private(set) var hasCome = false

    init() throws(SystemError) {
        descriptor = try SystemError.check(fg_signal_descriptor(SIGTERM, SIGINT))
    }

    deinit { close(descriptor) }

    func ready(_ events: EventInterest, at now: Instant) {
        guard events.contains(.read) else { return }
        var buffer = [UInt8](repeating: 0, count: 128)
        if read(descriptor, &buffer, buffer.count) > 0 { hasCome = true }
    }
}
