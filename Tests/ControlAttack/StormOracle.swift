import FieldModel

/// Judges every write from what was sent and what left, never from what the product says of itself. A frame's set-points
/// carry its number, so that a write tells which frame it comes from; those of frames that must not count are negative.
package final class StormOracle {
    /// A frame as its console made it.
    package struct Made {
        var frame: CommandFrame
        /// When the console looked at its inputs, by the gateway's clock.
        var sampled: Instant
        /// Its seal, session, epoch, echo and values are right.
        var isSound: Bool
    }

    package var report = StormReport()
    private let limits: SessionLimits
    /// Granted, and not known to be over.
    private var epoch: UInt64 = 0
    private var newest: Made?
    /// The newest frame that moves the machine.
    private var mover: Made?
    /// As they were when the job under way was handed to the bus: it can't know of what comes later.
    private var behind: (newest: Made?, mover: Made?, latch: EnableWitness) = (nil, nil, EnableWitness())
    private var permit: DrivePermit?
    /// The newest time that an accepted frame echoed.
    private var proven = Instant(nanoseconds: 0)
    /// The first accepted frame that let go of a moving machine.
    private var pausedAt: Instant?
    private var written: UInt64 = 0
    private var counter: UInt16?
    private var lastAxes = SIMD4<Int16>(repeating: 0)
    private var owesAcknowledgement = false
    private var latch = EnableWitness()

    package init(limits: SessionLimits) { self.limits = limits }

    // MARK: Set-points that tell their frame

    package static func axes(of sequence: UInt64) -> AxisValues {
        var axes = AxisValues.rest
        axes[0] = Int16(sequence % 1000 + 1)
        axes[1] = Int16(sequence / 1000 % 1000 + 1)
        axes[2] = Int16(sequence / 1_000_000 % 1000 + 1)
        axes[3] = 1000
        return axes
    }

    private static func four(_ axes: AxisValues) -> SIMD4<Int16> { SIMD4(axes[0], axes[1], axes[2], axes[3]) }

    // MARK: What is sent

    package func granted(_ epoch: UInt64) {
        if epoch <= self.epoch { report.violate("epoch \(epoch) granted after \(self.epoch)") }
        self.epoch = epoch
        report.sessions += 1
        (newest, mover, written, counter, owesAcknowledgement) = (nil, nil, 0, nil, false)
    }

    /// A stop that must count has come.
    package func stopped() {
        report.stops += 1
        owesAcknowledgement = true
    }

    package func delivered(_ made: Made, _ outcome: FrameOutcome, stop: UInt32, at now: Instant) {
        report.frames += 1
        switch outcome {
        case .copy: report.copies += 1
        case .rejected(let reject):
            report.rejects[Int(reject.rawValue)] += 1
            if reject == .notEnabled { accept(made, moves: false, stop: stop, at: now) }
        case .accepted: accept(made, moves: made.frame.axes != .rest, stop: stop, at: now)
        }
    }

    private func accept(_ made: Made, moves: Bool, stop: UInt32, at now: Instant) {
        report.accepted += 1
        let frame = made.frame
        let age = Instant(nanoseconds: Int64(frame.echoTime) * 1000).duration(to: now)
        if !made.isSound { report.violate("a frame that is not sound counts: \(frame)") }
        if frame.epoch != epoch { report.violate("a frame of epoch \(frame.epoch) counts in \(epoch)") }
        if let newest, frame.sequence <= newest.frame.sequence {
            report.violate("frame \(frame.sequence) counts after \(newest.frame.sequence)")
        }
        if age > min(limits.freshness, .milliseconds(Int64(frame.lifetime))) {
            report.violate("a frame counts at an age of \(age)")
        }
        newest = made
        proven = max(proven, now.advanced(by: .zero - age))
        if frame.flags.contains(.enable), moves { mover = made }
        pausedAt = frame.flags.contains(.enable) ? nil : pausedAt ?? now
        if owesAcknowledgement, frame.acknowledgedStop == stop, stop > 0, frame.axes == .rest {
            owesAcknowledgement = false
        }
        latch.take(enable: frame.flags.contains(.enable), neutral: frame.axes == .rest, at: now)
    }

    // MARK: What leaves

    package func began() { behind = (newest, mover, latch) }

    package func write(_ request: WriteRequest, at now: Instant) {
        if let drive = DriveWrite(request) { return judge(drive, at: now) }
        guard request.table == .holding, request.values.count == 7 else { return }
        let permit = LoaderController.permit(request.values[0..<6])
        if request.address == 120 {
            if owesAcknowledgement { report.violate("armed without the acknowledgement of a stop") }
            self.permit = permit
            latch = EnableWitness()
        } else if request.address == 130 {
            self.permit = nil
        }
    }

    private func judge(_ drive: DriveWrite, at now: Instant) {
        report.drives += 1
        defer { (counter, lastAxes) = (drive.counter, drive.axes) }
        if drive.permit != permit {
            report.violate("a drive under \(drive.permit), armed is \(String(describing: permit))")
        }
        if drive.permit.epoch != epoch { report.violate("a drive of epoch \(drive.permit.epoch) in \(epoch)") }
        let (newest, mover, _) = behind
        if drive.counter != counter, let newest, newest.frame.sequence <= written {
            report.violate("the watchdog is fed without a new frame")
        }
        guard drive.enable, drive.axes != .zero else {
            if drive.counter != counter { written = newest?.frame.sequence ?? written }
            return
        }
        guard let mover, let newest else { return report.violate("motion that no frame asks for") }
        if owesAcknowledgement { report.violate("motion after a stop") }
        if any(drive.axes .< 0) { report.violate("motion by a frame that does not count: \(drive.axes)") }
        let isNewest = mover.frame.sequence == newest.frame.sequence
        let isFrame = drive.counter != counter && isNewest && drive.axes == Self.four(mover.frame.axes)
        if isFrame { judge(drive, by: mover, at: now) } else { judgeRamp(drive, from: mover, at: now) }
        if drive.counter != counter { written = newest.frame.sequence }
    }

    private func judge(_ drive: DriveWrite, by made: Made, at now: Instant) {
        report.moving += 1
        let sequence = made.frame.sequence
        if sequence <= written { report.violate("frame \(sequence) is written after \(written)") }
        let echoed = Instant(nanoseconds: Int64(made.frame.echoTime) * 1000)
        let age = max(made.sampled.duration(to: now), echoed.duration(to: now))
        if age > min(limits.freshness, .milliseconds(Int64(made.frame.lifetime))) {
            report.violate("frame \(sequence) is written at an age of \(age)")
        }
        if !behind.latch.moves(at: now, hold: limits.enableHold) {
            report.violate("frame \(sequence) moves without an enable edge")
        }
    }

    /// On its way to rest, below what the newest moving frame wanted.
    private func judgeRamp(_ drive: DriveWrite, from mover: Made, at now: Instant) {
        report.ramps += 1
        if any(drive.axes .> Self.four(mover.frame.axes)) {
            report.violate("a ramp beyond frame \(mover.frame.sequence): \(drive.axes)")
        }
        let silence = proven.duration(to: now)
        if let pausedAt, pausedAt.duration(to: now) > limits.ramp + .milliseconds(150) {
            report.violate("motion \(pausedAt.duration(to: now)) after enable was released")
        }
        if silence > limits.stopAfter + .milliseconds(10) {
            report.violate("motion \(silence) after the last fresh frame")
        }
    }

    /// The machine itself, whatever its bus does: its watchdog runs on while nobody speaks to it.
    package func look(at controller: inout LoaderController, _ now: Instant) {
        controller.pass(to: now)
        guard !controller.isNeutral, let newest else { return }
        let silence = newest.sampled.duration(to: now)
        // Fresh for 200 ms, then the watchdog's 500 ms.
        if silence > .milliseconds(710) { report.violate("the machine moves \(silence) after the last frame") }
    }
}

package enum FrameOutcome: Hashable, Sendable {
    case accepted, copy
    case rejected(FrameReject)
}

/// Enable as somebody sees it who only reads frames: low, then held in neutral, then moving.
struct EnableWitness {
    private var hasSeenLow = false
    private var heldSince: Instant?
    private var isEngaged = false

    mutating func take(enable: Bool, neutral: Bool, at now: Instant) {
        guard enable else {
            (hasSeenLow, heldSince, isEngaged) = (true, nil, false)
            return
        }
        guard hasSeenLow, !isEngaged else { return }
        if let heldSince, heldSince.duration(to: now) >= .milliseconds(300) {
            isEngaged = true
        } else if neutral {
            heldSince = heldSince ?? now
        } else {
            (hasSeenLow, heldSince) = (false, nil)
        }
    }

    func moves(at now: Instant, hold: Duration) -> Bool {
        isEngaged || heldSince.map { $0.duration(to: now) >= hold } == true
    }
}
