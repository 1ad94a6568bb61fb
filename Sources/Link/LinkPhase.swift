import FieldModel

/// How a modem's link stands.
package enum LinkPhase: Hashable, Sendable {
    /// Nothing is known yet.
    case starting
    /// No such port, or no such modem.
    case absent
    /// The port is there, and nothing sensible comes out of it.
    case unresponsive
    /// The card is missing, or wants a PIN or a PUK.
    case locked(SIMState)
    /// The wrong card, or the wrong modem: data is held.
    case mismatched
    /// No cell is heard.
    case noCell
    case searching
    /// The network refuses: somebody's decision.
    case denied(RejectCause?)
    /// Registered, without a data session.
    case idle
    /// A data session, of which nothing is known yet.
    case attached
    case up
    /// A data session that carries nothing.
    case stalled
    case recovering(RecoveryRung)

    package var name: String {
        switch self {
        case .starting: "starting"
        case .absent: "absent"
        case .unresponsive: "unresponsive"
        case .locked: "locked"
        case .mismatched: "mismatched"
        case .noCell: "no-cell"
        case .searching: "searching"
        case .denied: "denied"
        case .idle: "idle"
        case .attached: "attached"
        case .up: "up"
        case .stalled: "stalled"
        case .recovering: "recovering"
        }
    }

    /// The lowest rung that may help; nil where none does.
    var firstRung: RecoveryRung? {
        switch self {
        case .absent: .usb
        case .unresponsive: .reset
        case .searching: .radio
        case .idle: .reregister
        case .stalled: .session
        case .starting, .locked, .mismatched, .noCell, .denied, .attached, .up, .recovering: nil
        }
    }
}

/// What a rung was climbed upon.
package struct RecoveryEvidence: Hashable, Sendable {
    package var phase: String
    /// How long the trouble has lasted.
    package var lasting: Duration
    /// Bytes since the trouble began: of the modem's counters and of the host's interface. Nil where nobody counts.
    package var modemUp: Int64?
    package var modemDown: Int64?
    package var hostReceived: Int64?
    package var detail: String

    package init(
        phase: String, lasting: Duration, modemUp: Int64? = nil, modemDown: Int64? = nil, hostReceived: Int64? = nil,
        detail: String = ""
    ) {
        self.phase = phase
        self.lasting = lasting
        self.modemUp = modemUp
        self.modemDown = modemDown
        self.hostReceived = hostReceived
        self.detail = detail
    }

    /// The tell-tale of a modem that is "all fine": it counts what it sends, and nothing arrives.
    package var isDataDead: Bool { (modemUp ?? 0) > 0 && (hostReceived ?? 1) == 0 }
}

/// Why nothing is done about a trouble.
package enum LinkHold: Hashable, Sendable {
    case remoteControl
    /// No rung brings a cell, a card or a permission.
    case useless(LinkPhase)
    /// The last rung is still to work, or the pause after it is not over.
    case pausing(until: Instant)
    /// Every rung has been tried as often as a day allows.
    case exhausted(until: Instant)

    package var name: String {
        switch self {
        case .remoteControl: "remote-control"
        case .useless(let phase): phase.name
        case .pausing: "pausing"
        case .exhausted: "daily-caps"
        }
    }
}

/// What the world tells a link.
package enum LinkInput: Hashable, Sendable {
    /// Who modem and card are.
    case identified(ModemReport)
    case observed(ModemReport)
    case failed(ModemFault)
    case notice(ModemNotice)
    /// What the probes and the host's counter of received bytes say.
    case path(PathHealth, received: UInt64)
    /// The job is done; the fault that ended it.
    case finished(LinkJob, ModemFault?)
    case remoteControl(active: Bool)
    case tick
}

/// What a link wants done, one at a time.
package enum LinkJob: Hashable, Sendable {
    case identify
    case observe
    case enterPIN
    case activate
    case deactivate
    case climb(RecoveryRung)
}

package enum LinkOutput: Hashable, Sendable {
    case run(LinkJob)
    case phase(from: LinkPhase, to: LinkPhase, detail: String)
    case climbing(RecoveryRung, attempt: Int, RecoveryEvidence)
    /// The rung after which the path carried packets again, and how long the outage was.
    case recovered(by: RecoveryRung, after: Duration)
    /// An alarm for people, said once: the card, the binding, a message from outside.
    case alarm(kind: String, detail: String)
}
