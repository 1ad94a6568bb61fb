import FieldModel

/// Somebody authorised asks for the machine; the signatures have been checked.
package struct Claim: Hashable, Sendable {
    package var session: UInt32
    /// The epoch that was offered; another grant in between makes the claim void.
    package var epoch: UInt64
    package var operatorID: String
    package var role: OperatorRole
    /// Take it from whoever has it. For supervisors.
    package var force: Bool

    package init(session: UInt32, epoch: UInt64, operatorID: String, role: OperatorRole, force: Bool = false) {
        self.session = session
        self.epoch = epoch
        self.operatorID = operatorID
        self.role = role
        self.force = force
    }
}

package enum SessionEvent: Hashable, Sendable {
    case claim(Claim)
    /// "A session is open" is on the disk.
    case opened(session: UInt32)
    /// The epoch is on the disk.
    case committed(epoch: UInt64)
    /// The disk refuses.
    case notStored
    /// A stop, from whoever may stop. One of another epoch is an old one, and void.
    case stop(id: UInt64, epoch: UInt64, by: String)
    /// A supervisor lets a locked machine go.
    case unlock(by: String)
    case finished(BusOrder, BusOutcome)
    /// The connection to the machine is gone, and is back.
    case deviceLost
    case deviceBack
    /// The gateway is about to end.
    case closing
    case tick
}

package enum ClaimRefusal: String, Sendable, Hashable {
    case held, locked, roleForbids, outdated, notConfirmed, localOperator, emergencyStop, machineWatchdog, interlock
    case notStored, slowEcho, armRefused, deviceLost, expired, closing, stopped

    /// `role_forbids`
    package var name: String {
        rawValue.reduce(into: "") { text, character in
            text += character.isUppercase ? "_" + character.lowercased() : String(character)
        }
    }
}

package enum SessionAction: Hashable, Sendable {
    /// Store that a session is open, then say `opened`.
    case storeOpen(session: UInt32, operatorID: String)
    /// Store the epoch, then say `committed`.
    case storeEpoch(UInt64)
    /// Store that none is open; nobody waits for it.
    case storeClosed
    case granted(Claim)
    /// A claim by force waits for the machine to stand still.
    case waiting(Claim)
    case refused(Claim, ClaimRefusal, detail: String?)
    /// Keys and claims of that session mean nothing any more. The frame tells its console why.
    case ended(EndFrame)
    case record(Transition)
}

/// What the audit trail is told of a change.
package struct Transition: Hashable, Sendable {
    package var from: SessionPhase
    package var to: SessionPhase
    package var cause: SessionCause
    package var session: UInt32
    package var epoch: UInt64
    package var stop: UInt32
    /// Who held the machine, and who caused the change.
    package var holder: String?
    package var by: String?
    package var detail: String?
    /// Age bound and round trip in microseconds, loss in thousandths.
    package var age: UInt32
    package var roundTripP99: UInt32
    package var loss: UInt16
    package var commanded: AxisValues
    package var written: AxisValues
    package var readBack: AxisValues
}

/// What may be left out to see that it is needed. Only the explorer leaves any out.
package struct SessionGuards: OptionSet, Hashable, Sendable {
    package let rawValue: UInt16
    package init(rawValue: UInt16) { self.rawValue = rawValue }

    /// A stop replaces whatever waits for the bus.
    package static let purge = SessionGuards(rawValue: 1)
    /// Freshness is judged again when the write leaves.
    package static let recheck = SessionGuards(rawValue: 2)
    /// The deadman runs from the echoed time, not from arrival.
    package static let basis = SessionGuards(rawValue: 4)
    /// Neutral is read back before anyone new is armed.
    package static let confirm = SessionGuards(rawValue: 8)
    /// An acknowledgement names its stop.
    package static let nameStop = SessionGuards(rawValue: 16)
    /// Enable is seen low before it counts.
    package static let enableLow = SessionGuards(rawValue: 32)
    /// Stops count in every state with a session.
    package static let stopAlways = SessionGuards(rawValue: 64)
    /// What must survive is stored before it acts.
    package static let persist = SessionGuards(rawValue: 128)
    /// Only frames newer than the newest count.
    package static let newest = SessionGuards(rawValue: 256)

    package static let all = SessionGuards(rawValue: 511)
}
