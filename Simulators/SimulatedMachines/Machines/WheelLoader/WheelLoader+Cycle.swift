import SimulatorKit

/// Where a loader is in its work.
package struct WorkCycle: Sendable, Equatable {
    /// Numbered as in the data sheet.
    package enum Phase: Int, Sendable, CaseIterable {
        case parked, idle, driveToPile, dig, haul, dump, back, refuel
    }

    package var phase = Phase.parked
    /// Seconds in this phase.
    package var time = 0.0
    /// Metres from the pile towards the truck.
    package var position = 20.0
    /// km/h, negative backwards.
    package var speed = 0.0
    /// Seconds to wait for the next truck.
    package var wait = 3.0
    /// t that this bucket will take.
    package var aim = 5.0

    /// Metres between pile and truck.
    package static let way = 35.0

    mutating func enter(_ phase: Phase) { (self.phase, time) = (phase, 0) }
}

extension WheelLoader {
    mutating func stepCycle(_ seconds: Double) {
        cycle.time += seconds
        switch cycle.phase {
        case .parked: if cycle.time > 2 { start() }
        case .idle: if cycle.time > cycle.wait { leaveIdle() }
        case .driveToPile: if cycle.position <= 0 { dig() }
        case .dig: if stepDigging(seconds) { cycle.enter(.haul) }
        case .haul: if cycle.position >= WorkCycle.way { cycle.enter(.dump) }
        case .dump: if stepDumping(seconds) { cycle.enter(.back) }
        case .back: if cycle.position <= WorkCycle.way - 15 { finishCycle() }
        case .refuel: if stepRefuelling(seconds) { start() }
        }
    }

    private mutating func start() {
        engine.running = true
        cycle.wait = 5
        cycle.enter(.idle)
    }

    private mutating func leaveIdle() {
        guard engine.fuelRemaining < 8 else { return cycle.enter(.driveToPile) }
        engine.running = false
        cycle.enter(.refuel)
    }

    private mutating func dig() {
        cycle.aim = operatorSettings.targetPayload * (0.92 + 0.12 * random.unit())
        cycle.enter(.dig)
    }

    /// The bucket fills as fast as it may move: about five seconds at full speed.
    private mutating func stepDigging(_ seconds: Double) -> Bool {
        attachment.payload.move(to: cycle.aim, atMost: cycle.aim / 5 * attachmentSpeed * seconds)
        return attachment.payload >= cycle.aim - 1e-9 && attachment.bucket > 40
    }

    private mutating func stepDumping(_ seconds: Double) -> Bool {
        guard attachment.bucket < -20 else { return false }
        let before = attachment.payload
        attachment.payload.move(to: 0, atMost: 4 * attachmentSpeed * seconds)
        totals.payload += before - attachment.payload
        return attachment.payload == 0 && attachment.bucket < -40
    }

    /// Every third bucket or so fills the truck; the next one takes a while to come.
    private mutating func finishCycle() {
        totals.loadCount += 1
        cycle.wait = random.unit() < 0.33 ? 10 + 50 * random.unit() : 0
        cycle.enter(.idle)
    }

    private mutating func stepRefuelling(_ seconds: Double) -> Bool {
        engine.fuelRemaining = min(100, engine.fuelRemaining + seconds / 3)
        return engine.fuelRemaining >= 100
    }
}
