/// The durable channel's topics: `fg/v1/{gateway}/…`.
package struct Topics: Sendable {
    private let root: String

    package init(gateway: String) {
        root = "fg/v1/\(gateway)/"
    }

    package var status: String { root + "status" }
    package var meta: String { root + "meta" }
    /// Retained: how the plan's quota stands, and how the period will end.
    package var usageForecast: String { root + "usage/forecast" }
    package var usage: String { root + "usage" }
    /// A receiver's words about usage records: how far it has them, and which it lacks.
    package var usageReceipt: String { root + "usage/ack" }
    package var usageReplay: String { root + "usage/replay" }
    package func telemetry(_ device: String) -> String { root + "tele/" + device }
    package func event(_ device: String) -> String { root + "event/" + device }
    package func link(_ path: String) -> String { root + "link/" + path }
    package func command(_ device: String) -> String { root + "cmd/" + device }
    package func result(_ device: String) -> String { root + "cmd/" + device + "/result" }

    /// The topics of remote control: `fg/v1/{gateway}/ctl/{device}/…`.
    package enum Control: String, Sendable {
        case req, rsp, cmd, stop, state, evt
    }

    package func control(_ device: String, _ part: Control) -> String { root + "ctl/" + device + "/" + part.rawValue }

    /// The filter for the commands of every device.
    package var commands: String { root + "cmd/+" }

    /// The device a command topic names, nil for any other topic.
    package func device(ofCommand topic: String) -> String? {
        let prefix = root + "cmd/"
        guard topic.hasPrefix(prefix) else { return nil }
        let device = topic.dropFirst(prefix.count)
        return device.isEmpty || device.contains("/") ? nil : String(device)
    }
}
