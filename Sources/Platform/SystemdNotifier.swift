import CSystem
import FieldModel

/// The service manager's notification socket (sd_notify(3)), when there is one.
package struct SystemdNotifier: Sendable {
    private let path: String?
    /// How often the manager wants a sign of life; nil when it does not watch.
    package let watchdogInterval: Duration?

    /// Reads `NOTIFY_SOCKET`, `WATCHDOG_USEC` and `WATCHDOG_PID` of the environment.
    package init() {
        path = Self.variable("NOTIFY_SOCKET")
        let meant = Self.variable("WATCHDOG_PID").map { $0 == String(getpid()) } ?? true
        let interval = Self.variable("WATCHDOG_USEC").flatMap { Int64($0) }.map { Duration.microseconds($0) }
        watchdogInterval = meant ? interval : nil
    }

    package func ready(_ status: String) { send("READY=1\nSTATUS=\(status)") }
    package func alive() { send("WATCHDOG=1") }
    package func stopping() { send("STOPPING=1") }

    private func send(_ message: String) {
        guard let path else { return }
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        var address = sockaddr_un()
        let length = fg_unix_address(&address, path)
        guard length > 0 else { return }
        let bytes = Array(message.utf8)
        withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                _ = sendto(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL), address, socklen_t(length))
            }
        }
    }

    private static func variable(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
    }
}
