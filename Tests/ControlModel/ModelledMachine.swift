import FieldModel

/// A machine's controller as control reckons with it: a permit, a fence, a watchdog.
package struct ModelledMachine: Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        /// Obeys drives under its permit only.
        case permits
        /// Obeys every drive; only silence on the old connection protects it.
        case plain
    }

    package var kind = Kind.permits
    package var permit: DrivePermit?
    package var fence = DrivePermit(epoch: 0, stop: 0)
    package var axes = AxisValues.rest
    package var watchdog: Duration
    package var tripped = false
    /// It stands still only some time after its set-points are at rest.
    package private(set) var isRolling = false
    private var restingSince: Instant?
    package private(set) var fed = Instant(nanoseconds: 0)
    private var counter: UInt16?

    package init(_ kind: Kind = .permits, watchdog: Duration = .milliseconds(500)) {
        self.kind = kind
        self.watchdog = watchdog
    }

    /// True when the drive took force.
    package mutating func drive(_ order: DriveOrder, at now: Instant) -> Bool {
        time(now)
        guard kind == .plain || permit == order.permit, !tripped else { return false }
        axes = order.enable ? order.axes : .rest
        if axes != .rest { (isRolling, restingSince) = (true, nil) }
        if order.counter != counter {
            counter = order.counter
            fed = now
        }
        return true
    }

    package mutating func arm(_ permit: DrivePermit, at now: Instant) {
        time(now)
        guard permit >= fence || kind == .plain, axes == .rest else {
            self.permit = nil
            return
        }
        (self.permit, tripped, fed) = (permit, false, now)
    }

    package mutating func safe(_ permit: DrivePermit, at now: Instant) {
        time(now)
        fence = max(fence, permit)
        (axes, self.permit) = (.rest, nil)
    }

    /// The watchdog, looked at whenever time has passed.
    package mutating func time(_ now: Instant) {
        if axes != .rest {
            (isRolling, restingSince) = (true, nil)
        } else if let restingSince {
            if restingSince < now { isRolling = false }
        } else {
            restingSince = now
        }
        guard permit != nil, !tripped, fed.duration(to: now) > watchdog else { return }
        if let permit { fence = max(fence, DrivePermit(epoch: permit.epoch, stop: permit.stop + 1)) }
        (tripped, axes, permit) = (true, .rest, nil)
    }

    package func report(asked: Instant) -> MachineReport {
        MachineReport(
            asked: asked, standstill: !isRolling, neutral: axes == .rest, watchdogTripped: tripped,
            permit: kind == .permits ? permit ?? DrivePermit(epoch: 0, stop: 0) : nil, readBack: axes,
            applied: Int64(counter ?? 0))
    }
}
