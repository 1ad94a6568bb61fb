import FieldModel

/// What a command frame has to prove, and what it may then do.
extension SessionMachine {
    /// Changes nothing but the meter unless the frame is accepted.
    mutating func take(
        _ frame: CommandFrame, at now: Instant, _ actions: inout [SessionAction]
    ) -> FrameReject? {
        guard let lease, frame.session == lease.claim.session, frame.epoch == lease.claim.epoch else {
            return .badEpoch
        }
        if guards.contains(.newest), frame.sequence <= lease.newest { return .replay }
        guard echoes.contains(frame.echoSequence, at: frame.echoTime) else { return .badEcho }
        let basis = Instant(nanoseconds: Int64(clamping: frame.echoTime) &* 1000)
        let age = basis.duration(to: now)
        guard age <= life(of: frame) else { return .expired }
        guard meter.take(rate: limits.frameRate, burst: limits.frameBurst, at: now) else { return .tooFast }
        guard frame.profile == profile, Self.inRange(frame.axes) else { return .range }
        accept(frame, basis: basis, age: age, at: now)
        return obey(frame, at: now, &actions)
    }

    private func life(of frame: CommandFrame) -> Duration {
        min(limits.freshness, .milliseconds(Int64(frame.lifetime)))
    }

    private static func inRange(_ axes: AxisValues) -> Bool {
        let limit = AxisValues(repeating: AxisValues.axisLimit)
        return !any(axes .> limit) && !any(axes .< AxisValues(repeating: -AxisValues.axisLimit))
    }

    private mutating func accept(_ frame: CommandFrame, basis: Instant, age: Duration, at now: Instant) {
        arrivals.take(frame.sequence)
        let held = UInt32(clamping: age.wholeNanoseconds / 1000)
        roundTrips.add(held - min(held, frame.hold))
        let counted = guards.contains(.basis) ? basis : now
        let voidAfter = counted + life(of: frame)
        lease?.accept(frame, basis: counted, voidAfter: voidAfter, at: now)
    }

    private mutating func obey(
        _ frame: CommandFrame, at now: Instant, _ actions: inout [SessionAction]
    ) -> FrameReject? {
        let isNeutral = frame.axes == .rest
        switch phase {
        case .armed: return obeyArmed(frame, isNeutral: isNeutral, at: now, &actions)
        case .active, .degraded: obeyDriving(frame, at: now, &actions)
        case .safeStop:
            let names = frame.acknowledgedStop == stop?.number && frame.acknowledgedStop > 0
            let isMeant = guards.contains(.nameStop) ? names : frame.acknowledgedStop > 0
            if isMeant, isNeutral { stop?.isAcknowledged = true }
        case .requested, .idle, .locked: break
        }
        return isNeutral || phase.isDriving ? nil : .notEnabled
    }

    private mutating func obeyArmed(
        _ frame: CommandFrame, isNeutral: Bool, at now: Instant, _ actions: inout [SessionAction]
    ) -> FrameReject? {
        if frame.flags.contains(.release) {
            release(.released, at: now, &actions)
            return nil
        }
        let isEnabled = frame.flags.contains(.enable)
        if isEnabled || !isNeutral { lease?.used = now }
        let isHeld = enable.take(
            enable: isEnabled, neutral: isNeutral, hold: limits.enableHold,
            mustSeeLow: guards.contains(.enableLow), at: now)
        if isHeld {
            enter(.active, .enabled, by: lease?.claim.operatorID, at: now, &actions)
            dirty = now
            obeyDriving(frame, at: now, &actions)
            return nil
        }
        (commanded, buttons) = (ramp?.axes(at: now) ?? .rest, 0)
        post(feeds: true, at: now)
        return isNeutral ? nil : .notEnabled
    }

    private mutating func obeyDriving(
        _ frame: CommandFrame, at now: Instant, _ actions: inout [SessionAction]
    ) {
        guard frame.flags.contains(.enable), !frame.flags.contains(.release) else {
            pause(at: now, &actions)
            return post(feeds: true, at: now)
        }
        ramp = nil
        (commanded, buttons) = (frame.axes, frame.buttons)
        lease?.used = now
        post(feeds: true, at: now)
    }

    /// Enable released: on the way to neutral, and ready to go on.
    private mutating func pause(at now: Instant, _ actions: inout [SessionAction]) {
        ramp = toRest(from: now)
        buttons = 0
        enable.reset()
        _ = enable.take(enable: false, neutral: true, hold: .zero, mustSeeLow: true, at: now)
        enter(.armed, .enableReleased, by: lease?.claim.operatorID, at: now, &actions)
    }

    /// From what the machine does and the operator wants: a wish that came too late to be written is none to begin at.
    func toRest(from now: Instant) -> Ramp {
        Ramp(from: Ramp.lesser(commanded, written), began: now, lasts: limits.ramp)
    }

    /// Set-points that no frame brings: the next step of a ramp, at most every ten milliseconds.
    mutating func postStep(at now: Instant) {
        guard posted.duration(to: now) >= .milliseconds(10) else { return }
        post(feeds: false, at: now)
    }

    /// Puts the present set-points into the bus's mailbox, in place of what waits there.
    mutating func post(feeds: Bool, at now: Instant) {
        guard let armed, let lease else { return }
        if let ramp, ramp.isOver(at: now), phase == .armed { self.ramp = nil }
        let isMoving = phase.isDriving || ramp != nil
        let age = lease.basis.duration(to: now)
        var cap = SpeedCap.thousandths(videoAge: lease.videoAge, age: age, limits: limits)
        if phase == .degraded { cap = min(cap, limits.creep) }
        posted = now
        // A ramp may leave as long as motion may last; rest may always.
        let until = isMoving ? lease.basis + limits.stopAfter : now + limits.freshness
        agenda.drive = DriveOrder(
            permit: armed.permit, sequence: feeds ? lease.newest : 0, counter: counter, enable: isMoving,
            axes: isMoving ? commanded : .rest,
            buttons: phase.isDriving ? buttons : 0, speedCap: cap,
            validUntil: feeds ? lease.voidAfter : until)
    }
}
