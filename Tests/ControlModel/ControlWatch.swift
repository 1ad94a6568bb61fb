import Control
import FieldModel

/// What must never happen, judged from outside: from what was sent, granted, and what the machine did.
struct ControlWatch: Hashable, Sendable {
    private(set) var broken: String?
    /// When the inputs behind the newest accepted moving frame were looked at, and the state it echoes was sent.
    private var sampled: Instant?
    private(set) var basis: Instant?
    private var granted: UInt64 = 0
    private var applied = DrivePermit(epoch: 0, stop: 0)
    /// Since the last stop.
    private var owesConfirmation = false
    private var owesAcknowledgement: UInt32?
    private var owesEnableLow = true
    private var stopped: DrivePermit?
    /// When the inputs behind a frame were looked at, by its epoch's number.
    private var samples: [UInt64: Instant] = [:]

    mutating func granted(_ epoch: UInt64) {
        if epoch <= granted { broken = "(f) epoch \(epoch) granted after \(granted)" }
        granted = max(granted, epoch)
        owesEnableLow = true
    }

    mutating func changed(_ transition: Transition, machine: ModelledMachine) {
        switch transition.to {
        case .safeStop, .locked:
            owesAcknowledgement = transition.to == .safeStop ? transition.stop : nil
            (owesConfirmation, owesEnableLow) = (true, true)
        case .armed:
            if transition.from == .safeStop || transition.from == .requested, machine.isRolling {
                broken = "(d) armed while the machine moves"
            }
            if transition.from == .safeStop {
                if owesAcknowledgement != nil { broken = "(d) armed without the acknowledgement of its stop" }
            }
            owesConfirmation = false
        case .requested:
            if transition.cause == .granted, machine.axes != .rest, transition.from != .requested {
                broken = "(d) granted while the machine moves"
            }
            owesAcknowledgement = nil
        case .active: if owesEnableLow { broken = "(d) moving without a new enable edge" }
        case .idle, .degraded: break
        }
    }

    mutating func accepted(_ frame: CommandFrame, sampled: Instant, _ session: SessionMachine?) {
        if frame.epoch < granted { broken = "(a) a frame of epoch \(frame.epoch) counts after \(granted)" }
        if frame.acknowledgedStop == owesAcknowledgement { owesAcknowledgement = nil }
        if !frame.flags.contains(.enable), session?.phase == .armed { owesEnableLow = false }
        if frame.axes != .rest {
            if let newest = self.sampled, sampled < newest { broken = "(b) an older frame counts after a newer one" }
            self.sampled = sampled
            basis = Instant(nanoseconds: Int64(frame.echoTime) * 1000)
            basis = Instant(nanoseconds: Int64(frame.echoTime) * 1000)
        }
        samples[frame.epoch << 32 | frame.sequence] = sampled
    }

    mutating func stopArrived(_ session: SessionMachine?) {
        guard let session else { return }
        stopped = DrivePermit(epoch: session.epoch, stop: session.stopNumber)
        if session.phase.isDriving || session.phase == .armed || session.phase == .requested {
            broken = "(e) a stop that did not stop: \(session.phase.name)"
        }
    }

    mutating func movedLate() { broken = "(e) what a dead gateway left moves the machine behind its fence" }

    mutating func applied(_ drive: DriveOrder, at now: Instant) {
        guard drive.enable, drive.axes != .rest else { return }
        if drive.permit.epoch < applied.epoch {
            broken = "(a) epoch \(drive.permit.epoch) moves after \(applied.epoch)"
        }
        if let stopped, drive.permit < stopped { broken = "(e) a drive of \(drive.permit) follows stop \(stopped)" }
        if owesConfirmation { broken = "(d) motion before the stop was confirmed" }
        if drive.sequence > 0, let sampled = samples[drive.permit.epoch << 32 | drive.sequence] {
            let age = sampled.duration(to: now)
            if age > ControlWorld.limits.stopAfter + ControlWorld.tick { broken = "(b) a drive \(age) old is applied" }
        }
        applied = max(applied, drive.permit)
    }
}
