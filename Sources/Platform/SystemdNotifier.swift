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

    /// Gives the manager a copy of a descriptor to keep (`FileDescriptorStoreMax=`); the next process gets it back under
    /// the name. Not watched by the manager: a socket that overran would be dropped otherwise.
    package func store(_ descriptor: Int32, name: String) {
        send("FDSTORE=1\nFDNAME=\(name)\nFDPOLL=0", with: descriptor)
    }

    /// Lets the manager forget what it keeps under the name.
    package func forget(_ name: String) { send("FDSTOREREMOVE=1\nFDNAME=\(name)") }

    /// Waits until the manager has done all that was sent before (sd_notify_barrier(3)); false when it does not in time.
    /// True without a manager.
    package func barrier(within limit: Duration) -> Bool {
        guard path != nil else { return true }
        var ends: [Int32] = [-1, -1]
        guard fg_pipe(&ends) == 0 else { return false }
        defer { close(ends[0]) }
        send("BARRIER=1", with: ends[1])
        close(ends[1])
        var hangUp = pollfd(fd: ends[0], events: 0, revents: 0)
        return poll(&hangUp, 1, Int32(clamping: limit.wholeMilliseconds)) == 1
    }

    private func send(_ message: String, with attached: Int32 = -1) {
        guard let path else { return }
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        var address = sockaddr_un()
        let length = fg_unix_address(&address, path)
        guard length > 0 else { return }
        let bytes = Array(message.utf8)
        _ = fg_send_rights(descriptor, bytes, bytes.count, attached, &address, length, 0)
    }

    private static func variable(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
    }
}
