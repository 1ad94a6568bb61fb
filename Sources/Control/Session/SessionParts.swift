import FieldModel

/// The right to move the machine: one holder, renewed by fresh frames.
package struct Lease: Hashable, Sendable {
    package var claim: Claim
    /// The echoed time of the newest fresh frame.
    package var basis: Instant
    /// When that frame arrived.
    package var arrived: Instant
    package var used: Instant
    package var newest: UInt64 = 0
    /// When what the newest frame wants is too old to leave: its own echo counts, whatever others before it proved.
    package var voidAfter: Instant
    package var isOffered = false
    package var videoAge: UInt16?

    init(_ claim: Claim, at now: Instant) {
        self.claim = claim
        (basis, arrived, used, voidAfter) = (now, now, now, now)
    }

    mutating func accept(_ frame: CommandFrame, basis: Instant, voidAfter: Instant, at now: Instant) {
        newest = max(newest, frame.sequence)
        self.basis = max(self.basis, basis)
        self.voidAfter = voidAfter
        arrived = now
        videoAge = frame.videoAge
        isOffered = frame.flags.contains(.offer)
    }
}

/// A claim on its way to ARMED.
struct Request: Hashable, Sendable {
    enum Stage: Hashable, Sendable {
        case opening, committing, measuring, arming
    }

    var claim: Claim
    var stage = Stage.opening
    var since: Instant
}

/// One stop, from its cause to the acknowledgement that names it.
struct SafeStop: Hashable, Sendable {
    var number: UInt32
    var since: Instant
    /// The safe state stands in the machine's registers since then.
    var written: Instant?
    var isAcknowledged = false
    /// Confirmed and acknowledged: the machine is being armed again.
    var isArming = false
}

/// What waits for the bus. One order is under way at a time; the safe state goes before everything.
struct BusAgenda: Hashable, Sendable {
    var safe: DrivePermit?
    var safeNotBefore = Instant(nanoseconds: 0)
    var arm: DrivePermit?
    /// Newest only.
    var drive: DriveOrder?
    var reportDue = Instant(nanoseconds: 0)
    var underWay: BusOrder?
}
