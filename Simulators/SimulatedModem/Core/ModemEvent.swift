/// What a modem does without being asked, in its order.
package enum ModemEvent: Equatable, Sendable {
    /// A line on every port that is in command mode.
    case unsolicited(String)
    /// NO CARRIER on the ports that are online.
    case carrierLost
    /// The ports disappear from the host.
    case portsGone
    /// The ports are there again.
    case portsBack
    /// For the link emulator: whether packets can pass.
    case session(up: Bool)
    /// For the link emulator: whether the session only looks alive.
    case deadData(Bool)
}

/// What was asked of the modem, for the tester.
package struct HistoryEntry: Equatable, Sendable {
    /// Simulated nanoseconds.
    package var at: Int64
    package var port: Int
    package var line: String
}

/// A port's settings and what it is in the middle of.
package struct PortState: Equatable, Sendable {
    package enum Mode: Equatable, Sendable {
        case command
        /// After the prompt of AT+CMGS: the length or the number that was given.
        case message(String)
        /// After CONNECT: everything is data.
        case online(cid: Int)
    }

    package var echo = true
    package var mode = Mode.command
    package var format = ReplyFormat()
}
